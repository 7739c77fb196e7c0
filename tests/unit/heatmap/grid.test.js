import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeGrid, emptyGrid, isEmpty } from "../../../frontends/heatmap/static/core/grid.js";
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
  const decoded = decodeGrid({ start: 1, end: 2, value: { 0: { 1: 2 } }, "grid-size": 10 });
  assert.equal(decoded?.moves.counts[10], 2);
});

test("cells outside the grid and counts that are none are left out", () => {
  const cells = { 50: { 0: 1 }, "-1": { 0: 1 }, x: { 0: 1 }, 1.5: { 0: 1 }, 0: { 0: -3, 1: "a" } };
  const { moves } = grid(/** @type {any} */ (cells));
  assert.deepEqual([moves.total, moves.counts.some((count) => count > 0)], [0, false]);
});

test("an empty grid is empty, and one with a click is not", () => {
  assert.ok(isEmpty(emptyGrid(50)));
  assert.ok(!isEmpty(grid({}, { clicks: { 0: { 0: 1 } } })));
});

test("a page of unknown size with clicks that have no place is not empty", () => {
  const shown = grid({}, { totals: { moves: 0, clicks: 0, unplaced: 3 }, page: null });
  assert.deepEqual([shown.unplaced, shown.page, isEmpty(shown)], [3, null, false]);
});

for (const [what, broken] of [
  ["without a size", { "grid-size": undefined }],
  ["too large to hold", { "grid-size": 1_000_000 }],
]) {
  test(`a grid ${what} is nothing to show`, () => {
    assert.equal(decodeGrid(record({}, /** @type {object} */ (broken))), null);
  });
}
