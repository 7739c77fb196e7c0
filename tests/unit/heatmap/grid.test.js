import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, emptyGrid, isEmpty } from "../../../frontends/heatmap/static/core/grid.js";
import { grid, record } from "./grids.js";

test("a count stands at its row and column", () => {
  const { size, moves } = grid({ 3: { 7: 12 }, 49: { 0: 5 } });
  assert.equal(size, 50);
  assert.equal(moves.counts[7 * 50 + 3], 12);
  assert.equal(moves.counts[49], 5);
  assert.deepEqual([moves.total, moves.hottest], [17, 12]);
});

test("clicks are a layer of their own", () => {
  const { moves, clicks } = grid({ 1: { 1: 4 } }, { clicks: { 2: { 1: 3 } } });
  assert.equal(clicks.counts[1 * 50 + 2], 3);
  assert.deepEqual([moves.total, clicks.total], [4, 3]);
});

test("the tutorial's own record, without anything beside it, is a grid", () => {
  const text = '{"start": 1, "end": 2, "value": {"0": {"1": 2}}, "grid-size": 10}';
  const decoded = decode(text);
  assert.equal(decoded?.kind === "grid" && decoded.moves.counts[10], 2);
});

test("cells outside the grid and counts that are none are left out", () => {
  const cells = { 50: { 0: 1 }, "-1": { 0: 1 }, x: { 0: 1 }, 1.5: { 0: 1 }, 0: { 0: -3, 1: "a" } };
  assert.ok(isEmpty(grid(/** @type {any} */ (cells))));
});

test("an empty grid is empty, and one with a click is not", () => {
  assert.ok(isEmpty(emptyGrid(50)));
  assert.ok(!isEmpty(grid({}, { clicks: { 0: { 0: 1 } } })));
});

test("a status is told from a grid", () => {
  assert.deepEqual(decode('{"status": {"state": "old", "time": 5, "end": null}}'), {
    kind: "status",
    state: "old",
    time: 5,
    end: null,
  });
});

for (const [what, text] of [
  ["no JSON", "{"],
  ["another JSON", '"hello"'],
  ["nothing", "null"],
  ["a grid without a size", JSON.stringify({ ...record({}), "grid-size": undefined })],
  ["a grid too large to hold", JSON.stringify(record({}, { "grid-size": 1_000_000 }))],
  ["a state that nobody knows", '{"status": {"state": "fine", "time": 5}}'],
]) {
  test(`${what} is nothing to show`, () => assert.equal(decode(text), null));
}
