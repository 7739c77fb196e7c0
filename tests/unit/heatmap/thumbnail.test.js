import assert from "node:assert/strict";
import { test } from "node:test";
import { layerFrom } from "../../../frontends/heatmap/static/core/grid.js";
import { sheetOf, topOf } from "../../../frontends/heatmap/static/core/thumbnail.js";
import { grid } from "./grids.js";

const BOX = { width: 76, height: 84 };

test("a page that fits has its proportions", () => {
  assert.deepEqual(sheetOf({ width: 1520, height: 760 }, BOX), {
    width: 76,
    height: 38,
    scale: 0.05,
    isCropped: false,
  });
});

test("a tall page is cropped at its box, in a width that can be read", () => {
  const sheet = sheetOf({ width: 1000, height: 20_000 }, BOX);
  assert.equal(sheet.height, 84);
  assert.ok(sheet.width > 40 && sheet.isCropped);
  assert.equal(sheet.scale, sheet.width / 1000);
});

test("a page of unknown size has a sheet of the whole box, and a flat one a sheet that can be seen", () => {
  const { width, height, isCropped } = sheetOf(null, BOX);
  assert.deepEqual([width, height, isCropped], [76, 84, false]);
  assert.equal(sheetOf({ width: 2000, height: 20 }, BOX).height, 18);
});

test("no sheet is taller than what the broadcaster sends of a page", () => {
  for (const box of [BOX, { width: 44, height: 56 }]) {
    const { width, height } = sheetOf({ width: 300, height: 1_000_000 }, box);
    assert.ok(height <= 2.5 * width, `${height} × ${width}`);
  }
});

test("what stays at the window's top lies on the page's top, and what is below is left out", () => {
  const shown = grid({ 3: { 0: 5, 2: 1, 9: 100 } });
  shown.sheets.top.moves = layerFrom(new Map([[3, 2]]), 50);
  const { name, layer } = topOf(shown, 3);
  assert.deepEqual([name, layer.counts[3], layer.counts[103]], ["moves", 7, 1]);
  assert.deepEqual([layer.total, layer.hottest, layer.counts.length], [8, 7, 150]);
});

test("clicks are shown where nobody moved", () => {
  const { name, layer } = topOf(grid({}, { clicks: { 1: { 1: 3 } } }), 9);
  assert.deepEqual([name, layer.total], ["clicks", 3]);
});
