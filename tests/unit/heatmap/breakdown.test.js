import assert from "node:assert/strict";
import { test } from "node:test";
import {
  breakdownFrom,
  elementsOf,
  gridOf,
} from "../../../frontends/heatmap/static/core/breakdown.js";
import { ROWS } from "../../../frontends/heatmap/static/core/spots.js";
import { band, breakdown, element } from "./breakdowns.js";
import { packed } from "./fine.js";
import { grid } from "./grids.js";

const BUY = element("#buy", { clicks: { 31: { 40: 2 }, 0: { 63: 1 } }, dwell: { 5: { 6: 9 } } });

test("all visitors' elements are those of all bands, added up", () => {
  const both = breakdown(
    band("phone", [BUY]),
    band("wide", [element("#buy", { clicks: { 31: { 40: 5 } } }), element("", { rage: {} })]),
  );
  const all = elementsOf(both, "");
  assert.deepEqual(
    all.map(({ selector, clicks }) => [selector, clicks.total]),
    [
      ["#buy", 8],
      ["", 0],
    ],
  );
  assert.equal(all[0].clicks.counts.get(31 * ROWS + 40), 7);
  assert.equal(all[0].dwell.total, 9);
});

test("a band's elements are its own, and a band that is missing has none", () => {
  const both = breakdown(band("phone", [BUY]), band("wide", []));
  assert.deepEqual(elementsOf(both, "phone"), both.bands[0].elements);
  assert.deepEqual(elementsOf(both, "unknown"), []);
});

test("a band's grid has its own tiles and visitors in the window of the page's", () => {
  const fine = { row: 40, moves: packed(53, 12), "top-clicks": packed(51, 4) };
  const tiles = breakdown(band("phone", [], { fine, visitors: 6 }));
  const shown = gridOf(grid({ 1: { 1: 99 } }), tiles, "phone");
  assert.deepEqual(
    [shown?.moves.total, shown?.sheets.page.moves.counts[50 + 3], shown?.row, shown?.visitors],
    [12, 12, 40, 6],
  );
  assert.deepEqual([shown?.clicks.total, shown?.sheets.top.clicks.counts[51]], [4, 4]);
  assert.equal(shown?.newest, grid({}).newest);
});

test("before a band's tiles are there its grid isn't known, and without visitors it is empty", () => {
  const known = breakdown(band("phone", [BUY]));
  assert.equal(gridOf(grid({ 1: { 1: 9 } }), known, "phone"), null);
  const absent = gridOf(grid({ 1: { 1: 9 } }), known, "unknown");
  assert.deepEqual([absent?.moves.total, absent?.visitors], [0, 0]);
});

const SPOTS_A_BOX = 2 ** 22;

/** @param {Map<number, number>} cells @param {[number, string][]} names @param {number[]} [rest] visitors by band */
const decoded = (cells, names, rest = [1], spots = 64) =>
  breakdownFrom({
    kind: 1,
    numbers: [300_000, 300_000, 9, 4, 0, 0, 50, spots, 8, 20, 0, 20, ...rest],
    names: new Map([[0, "phone"], ...names]),
    layers: [cells],
  });

/** The first cell of an element's marks of one kind. */
const cellsOf = (/** @type {number} */ name, band = 0, kind = 0) =>
  ((name * 8 + band) * 4 + kind) * SPOTS_A_BOX;

test("a count stands at its spot, kind by kind", () => {
  const cells = new Map([
    [cellsOf(8) + 31 * ROWS + 40, 2],
    [cellsOf(8) + 2500, 1],
    [cellsOf(8, 0, 3) + 300 * ROWS + 6, 9],
  ]);
  const [element] = decoded(cells, [[8, "#buy"]])?.bands[0].elements ?? [];
  assert.deepEqual([...element.clicks.counts].sort(), [
    [2500, 1],
    [31 * ROWS + 40, 2],
  ]);
  assert.deepEqual([element.clicks.total, element.dwell.total], [3, 9]);
  assert.deepEqual([element.rage.total, element.dead.total], [0, 0]);
});

test("what is no element is left out", () => {
  const cells = new Map([
    [cellsOf(8) + 40, 1],
    [cellsOf(9), 1],
    [cellsOf(10), 1],
  ]);
  const long = `#${"x".repeat(512)}`;
  const breakdown = decoded(cells, [
    [8, "#a"],
    [9, long],
  ]);
  assert.deepEqual(
    breakdown?.bands[0].elements.map(({ selector, clicks }) => [selector, clicks.total]),
    [["#a", 1]],
  );
});

test("a broken message makes no thousands of elements or bands", () => {
  const many = Array.from({ length: 5000 }, (_, i) => i + 8);
  const breakdown = decoded(
    new Map(many.map((name) => [cellsOf(name), 1])),
    many.map((name) => [name, `#e${name}`]),
    Array(50).fill(1),
  );
  assert.equal(breakdown?.bands.length, 8);
  assert.equal(breakdown?.bands[0].elements.length, 513);
});
