import assert from "node:assert/strict";
import { test } from "node:test";
import { COLOURS } from "../../../frontends/heatmap/static/core/colours.js";
import { advance, cold } from "../../../frontends/heatmap/static/core/heat.js";
import { Raster } from "../../../frontends/heatmap/static/core/raster.js";
import { grid } from "./grids.js";

const BARE = { layers: ["moves", "clicks"], smooth: false, tileWidth: 20, tileHeight: 40 };
const SMOOTH = { ...BARE, smooth: true };
const AUTO = { moves: null, clicks: null };

const hottest = (table) => [...table.slice(-4)];

/** @param {object} look */
function draw(shown, look, fixed = AUTO) {
  const heat = cold(shown.size);
  advance(heat, shown.sheets.page, fixed, Number.POSITIVE_INFINITY);
  const { width, height, pixels } = new Raster().draw(heat, /** @type {any} */ (look));
  /** The pixel at a part of the width and height. */
  const at = (x, y) => {
    const from = 4 * (Math.floor(y * height) * width + Math.floor(x * width));
    return [...pixels.slice(from, from + 4)];
  };
  /** The pixel in the middle of a tile. */
  const tile = (column, row) => at((column + 0.5) / shown.size, (row + 0.5) / shown.size);
  return { width, height, pixels, at, tile };
}

test("the hottest tile has the hottest colour, bare and smooth", () => {
  const shown = grid({ 10: { 20: 9 }, 40: { 5: 3 } });
  assert.deepEqual(draw(shown, BARE).tile(10, 20), hottest(COLOURS.moves));
  const [red, green, blue, alpha] = draw(shown, SMOOTH).tile(10, 20);
  const close = hottest(COLOURS.moves).map((value, i) => value - [red, green, blue, alpha][i]);
  assert.ok(
    close.every((difference) => Math.abs(difference) <= 8),
    `${close}`,
  );
});

test("a page without heat is not touched", () => {
  assert.ok(draw(grid({}), SMOOTH).pixels.every((value) => value === 0));
});

test("tiles without events are not touched, and bare tiles have sharp edges", () => {
  const { at, tile } = draw(grid({ 10: { 20: 9 } }), BARE);
  assert.equal(tile(9, 20)[3], 0);
  assert.equal(tile(10, 21)[3], 0);
  assert.ok(at(10.01 / 50, 20.01 / 50)[3] > 0);
  assert.equal(at(9.99 / 50, 20.01 / 50)[3], 0);
});

test("smooth heat ends a few tiles away", () => {
  const { tile } = draw(grid({ 10: { 20: 9 } }), SMOOTH);
  assert.ok(tile(11, 20)[3] > 0);
  assert.equal(tile(16, 20)[3], 0);
  assert.equal(tile(10, 24)[3], 0);
});

test("smooth heat is as wide as high on the page, though tiles are not square", () => {
  const { at } = draw(grid({ 25: { 25: 9 } }), { ...SMOOTH, tileWidth: 25, tileHeight: 50 });
  const centre = 25.5 / 50;
  const reach = 30;
  const right = at(centre + reach / (25 * 50), centre)[3];
  const below = at(centre, centre + reach / (50 * 50))[3];
  assert.ok(right > 20 && Math.abs(right - below) < 60, `${right} ${below}`);
});

test("a fixed maximum above the hottest tile gives cooler colours", () => {
  const shown = grid({ 10: { 20: 9 } });
  const [, , , cooler] = draw(shown, BARE, { moves: 90, clicks: null }).tile(10, 20);
  assert.ok(cooler > 0 && cooler < hottest(COLOURS.moves)[3] / 2);
});

test("what is above a fixed maximum has the hottest colour", () => {
  const shown = grid({ 10: { 20: 9 } });
  const fixed = { moves: 3, clicks: null };
  assert.deepEqual(draw(shown, BARE, fixed).tile(10, 20), hottest(COLOURS.moves));
});

test("each layer is shown alone, or clicks over moves", () => {
  const shown = grid({ 10: { 20: 9 } }, { clicks: { 10: { 20: 2 }, 30: { 30: 1 } } });
  const moves = draw(shown, { ...BARE, layers: ["moves"] });
  assert.deepEqual(moves.tile(10, 20), hottest(COLOURS.moves));
  assert.equal(moves.tile(30, 30)[3], 0);
  const clicks = draw(shown, { ...BARE, layers: ["clicks"] });
  assert.deepEqual(clicks.tile(10, 20), hottest(COLOURS.clicks));
  const both = draw(shown, BARE);
  assert.deepEqual(both.tile(10, 20), hottest(COLOURS.clicks));
  assert.deepEqual(both.at(10.1 / 50, 20.1 / 50), hottest(COLOURS.moves));
});

test("a picture has a few pixels a tile, however large the page and fine the grid", () => {
  const size = ({ width, height }) => [width, height];
  const shown = grid({ 10: { 20: 9 } });
  const pixels = size(draw(shown, { ...SMOOTH, tileWidth: 29, tileHeight: 4000 }));
  assert.deepEqual(pixels, [200, 600]);
  const fine = grid({ 10: { 20: 9 } }, { "grid-size": 200 });
  assert.deepEqual(size(draw(fine, { ...SMOOTH, tileWidth: 7, tileHeight: 4000 })), [400, 600]);
  assert.deepEqual(size(draw(fine, BARE)), [600, 600]);
});

test("nothing is left of the picture before", () => {
  const raster = new Raster();
  for (const look of /** @type {any[]} */ ([SMOOTH, BARE])) {
    const heat = cold(50);
    advance(heat, grid({ 10: { 20: 9 } }).sheets.page, AUTO, Number.POSITIVE_INFINITY);
    raster.draw(heat, look);
    advance(heat, grid({ 10: { 40: 9 } }).sheets.page, AUTO, Number.POSITIVE_INFINITY);
    const { width, height, pixels } = raster.draw(heat, look);
    const above = pixels.subarray(0, 4 * width * Math.floor(0.6 * height));
    assert.ok(above.every((value) => value === 0));
  }
});

test("one raster draws grids of different sizes and looks one after the other", () => {
  const raster = new Raster();
  for (const side of [50, 20, 50]) {
    const heat = cold(side);
    const shown = grid({ 3: { 3: 1 } }, { "grid-size": side });
    advance(heat, shown.sheets.page, AUTO, Number.POSITIVE_INFINITY);
    for (const look of [SMOOTH, BARE]) {
      const { width, height, pixels } = raster.draw(heat, /** @type {any} */ (look));
      assert.equal(pixels.length, 4 * width * height);
      const middle = Math.floor((3.5 / side) * height) * width + Math.floor((3.5 / side) * width);
      assert.ok(pixels[4 * middle + 3] > 200);
    }
  }
});

test("a part is drawn on the scale of the whole, whose peak is found tile by tile", () => {
  const whole = grid({ 10: { 10: 3, 11: 3, 12: 3 }, 11: { 10: 3, 11: 3, 12: 3 }, 30: { 40: 3 } });
  const { counts } = whole.sheets.page.moves;
  const look = /** @type {any} */ (SMOOTH);
  const peak = new Raster().peakOf(counts, 50, "moves", look);
  const lift = { moves: 3 / peak, clicks: 1 };
  const all = draw(whole, SMOOTH).tile(30, 40);
  const part = draw(grid({ 30: { 40: 3 } }), { ...SMOOTH, lift }).tile(30, 40);
  assert.ok(Math.abs(all[3] - part[3]) < 12, `${all[3]} ${part[3]}`);
  const alone = draw(grid({ 30: { 40: 3 } }), SMOOTH).tile(30, 40);
  assert.ok(alone[3] > part[3] + 20, "alone it would be hottest");
});
