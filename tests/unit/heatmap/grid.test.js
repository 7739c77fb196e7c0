import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyGrid, gridFrom, isEmpty } from "../../../frontends/heatmap/static/core/grid.js";
import { grid } from "./grids.js";

test("an empty grid is empty, and one with a click is not", () => {
  assert.ok(isEmpty(emptyGrid(50)));
  assert.ok(!isEmpty(grid({}, { clicks: { 0: { 0: 1 } } })));
});

test("a page of unknown size with clicks that have no place is not empty", () => {
  const shown = grid({}, { totals: { moves: 0, clicks: 0, unplaced: 3 }, page: null });
  assert.deepEqual([shown.unplaced, shown.page, isEmpty(shown)], [3, null, false]);
});

/** A snapshot of one event on each sheet. @param {Map<number, number>[]} layers */
const snapshot = (layers, { row = 20, size = 50 } = {}) => ({
  kind: 2,
  numbers: [300_000, 300_000, 9, 4, 1000, 2000, size, row, 3, 0, 40, 2000],
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

test("what was in view comes after the sheets, in rows of its own, also for weeks of looks", () => {
  const none = Array.from({ length: 6 }, () => new Map());
  const looks = [[[3, 2 ** 40]], [[38, 2 ** 40]], [[38, 7]], [[38, 6]]];
  const layers = [...none, ...looks.map((rows) => new Map(/** @type {any} */ (rows)))];
  const decoded = gridFrom(snapshot(layers));
  assert.deepEqual(decoded?.looks, {
    row: 40,
    tops: new Map([[3, 2 ** 40]]),
    bottoms: new Map([[38, 2 ** 40]]),
    depths: new Map([[38, 7]]),
    folds: new Map([[38, 6]]),
  });
  assert.equal(decoded?.newest, 298_000);
});

test("a broken message makes no sheet that is too long, and none of missing layers", () => {
  const far = new Map([[50 * 40_000, 1]]);
  const none = () => new Map();
  const decoded = gridFrom(snapshot([far, none(), none(), none(), none(), none()]));
  assert.equal(decoded?.sheets.page.moves.counts.length, 0);
  assert.equal(gridFrom(snapshot([none(), none()])), null);
});

for (const size of [0, 1.5, 1_000_000]) {
  test(`a grid of ${size} columns is nothing to show`, () => {
    const layers = Array.from({ length: 6 }, () => new Map());
    assert.equal(gridFrom(snapshot(layers, { size })), null);
  });
}
