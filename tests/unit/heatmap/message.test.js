import assert from "node:assert/strict";
import { test } from "node:test";
import { Messages } from "../../../frontends/heatmap/static/core/message.js";

const decode = (/** @type {string | number[]} */ said) =>
  new Messages().decode(typeof said === "string" ? said : new Uint8Array(said).buffer);

test("status and refusal are told apart", () => {
  const status = { kind: "status", page: "/x", state: "live", time: 5, end: 3 };
  assert.deepEqual(decode([0, 3, 2, 10, 6, 1, 0, 2, 47, 120, 0]), status);
  assert.deepEqual(decode([0, 2, 0, 10, 1, 0, 2, 47, 120, 0]), {
    ...status,
    state: "old",
    end: null,
  });
  assert.deepEqual(decode('{"error": "no"}'), { kind: "refusal", text: "no", foreign: false });
  const foreign = decode('{"error": "not here", "refused": "origin"}');
  assert.deepEqual(foreign, { kind: "refusal", text: "not here", foreign: true });
});

/** As a signed varint of two bytes. @param {number} number */
const signed = (number) => [((2 * number) & 127) | 128, (2 * number) >> 7];

/** A grid's or breakdown's numbers: of so many tiles a side, and what follows. @param {number} size @param {...number} more */
const numbers = (size, ...more) => [
  7 + more.length,
  ...[2, 2, 0, 0, 0, 0, size, ...more].flatMap(signed),
];

/** Six empty layers. */
const FINE = [6, 0, 0, 0, 0, 0, 0];

test("grid and breakdown are told apart", () => {
  assert.equal(decode([4, ...numbers(1, 20, 0, 0), 0, ...FINE])?.kind, "grid");
  assert.equal(decode([2, ...numbers(1, 64, 8, 20, 0), 0, 1, 0])?.kind, "breakdown");
});

for (const [what, said] of /** @type {[string, string | number[]][]} */ ([
  ["no JSON", "{"],
  ["another JSON", '"hello"'],
  ["JSON's nothing", "null"],
  ["an unknown kind", [8, 0, 0, 0]],
  ["a grid without tiles", [4, ...numbers(1, 20, 0, 0), 0, 0]],
  ["a grid of tiles too many to hold", [4, ...numbers(201, 20, 0, 0), 0, ...FINE]],
  ["a grid of rows without a height", [4, ...numbers(1, 0, 0, 0), 0, ...FINE]],
  ["a breakdown of no spots", [2, ...numbers(1, 0, 8, 20, 0), 0, 1, 0]],
  ["a breakdown of more spots than there are", [2, ...numbers(1, 65, 8, 20, 0), 0, 1, 0]],
  ["a breakdown without spots", [2, ...numbers(1, 64, 8, 20, 0), 0, 0]],
])) {
  test(`${what} is nothing to show`, () => assert.equal(decode(said), null));
}
