import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeGrid,
  emptyGrid,
  gridFrom,
  isEmpty,
} from "../../../frontends/heatmap/static/core/grid.js";
import { grid, record } from "./grids.js";

test("a count stands at its row and column", () => {
  const { size, row, sheets, moves: sum } = grid({ 3: { 7: 12 }, 49: { 0: 5 } });
  const { moves } = sheets.page;
  assert.deepEqual([size, row], [50, 40]);
  assert.equal(moves.counts[7 * 50 + 3], 12);
  assert.equal(moves.counts[49], 5);
  assert.deepEqual([sum.total, sum.hottest], [17, 12]);
});

test("clicks are a layer of their own", () => {
  const { moves, clicks } = grid({ 1: { 1: 4 } }, { clicks: { 2: { 1: 3 } } }).sheets.page;
  assert.equal(clicks.counts[1 * 50 + 2], 3);
  assert.deepEqual([moves.total, clicks.total], [4, 3]);
});

test("the tutorial's own record, without anything beside it, is a grid", () => {
  const decoded = decodeGrid({ start: 1, end: 2, value: { 0: { 1: 2 } }, "grid-size": 10 });
  assert.equal(decoded?.sheets.page.moves.counts[10], 2);
});

test("cells outside the grid and counts that are none are left out", () => {
  const cells = { 50: { 0: 1 }, "-1": { 0: 1 }, x: { 0: 1 }, 1.5: { 0: 1 }, 0: { 0: -3, 1: "a" } };
  const { moves } = grid(/** @type {any} */ (cells)).sheets.page;
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

/** A snapshot of one event on each sheet. @param {Map<number, number>[]} layers */
const snapshot = (layers, row = 20) => ({
  kind: 2,
  numbers: [300_000, 300_000, 9, 4, 1000, 2000, 50, row, 3, 0, 2000],
  names: new Map(),
  layers,
});

test("what scrolls and what does not are counted apart, and add up", () => {
  const layers = [[[7 * 50 + 3, 12]], [[49, 2]], [[50, 4]], [], [[0, 20]], [[1, 1]]];
  const decoded = gridFrom(snapshot(layers.map((cells) => new Map(/** @type {any} */ (cells)))));
  assert.equal(decoded?.row, 20);
  const { page, top, bottom } = /** @type {any} */ (decoded).sheets;
  assert.equal(page.moves.counts[7 * 50 + 3], 12);
  assert.deepEqual([top.moves.counts[50], bottom.moves.counts[0]], [4, 20]);
  assert.deepEqual(
    [decoded?.moves, decoded?.clicks],
    [
      { total: 36, hottest: 20 },
      { total: 3, hottest: 2 },
    ],
  );
});

test("a broken message makes no sheet that is too long, and none of missing layers", () => {
  const far = new Map([[50 * 40_000, 1]]);
  const none = () => new Map();
  const decoded = gridFrom(snapshot([far, none(), none(), none(), none(), none()]));
  assert.equal(decoded?.sheets.page.moves.counts.length, 0);
  assert.equal(gridFrom(snapshot([none(), none()])), null);
});
