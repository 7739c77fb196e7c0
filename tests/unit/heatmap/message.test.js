import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../../../frontends/heatmap/static/core/message.js";
import { record } from "./grids.js";

test("grid, detail and status are told apart", () => {
  const detail = { start: 0, end: 1, "grid-size": 50, spots: 64, bands: [] };
  assert.equal(decode(JSON.stringify(record({})))?.kind, "grid");
  assert.equal(decode(JSON.stringify({ detail }))?.kind, "detail");
  assert.deepEqual(decode('{"status": {"state": "old", "time": 5, "end": null}}'), {
    kind: "status",
    state: "old",
    time: 5,
    end: null,
  });
  assert.deepEqual(decode('{"error": "no"}'), { kind: "refusal", text: "no" });
});

for (const [what, text] of [
  ["no JSON", "{"],
  ["another JSON", '"hello"'],
  ["nothing", "null"],
  ["a state that nobody knows", '{"status": {"state": "fine", "time": 5}}'],
  ["a detail that is none", '{"detail": "yes"}'],
]) {
  test(`${what} is nothing to show`, () => assert.equal(decode(text), null));
}
