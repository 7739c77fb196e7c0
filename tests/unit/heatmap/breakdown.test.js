import assert from "node:assert/strict";
import { test } from "node:test";
import {
  breakdownFrom,
  elementsOf,
  gridOf,
} from "../../../frontends/heatmap/static/core/breakdown.js";
import { band, breakdown, element } from "./breakdowns.js";
import { grid } from "./grids.js";

const BUY = element("#buy", { clicks: { 31: { 40: 2 }, 0: { 63: 1 } }, rests: { 5: { 6: 9 } } });

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
  assert.equal(all[0].clicks.counts.get(40 * 64 + 31), 7);
  assert.equal(all[0].rests.total, 9);
});

test("a band's elements are its own, and a band that is missing has none", () => {
  const both = breakdown(band("phone", [BUY]), band("wide", []));
  assert.deepEqual(elementsOf(both, "phone"), both.bands[0].elements);
  assert.deepEqual(elementsOf(both, "unknown"), []);
});

test("a band's grid has its own tiles and visitors in the window of the page's", () => {
  const tiles = { value: { 3: { 7: 12 } }, clicks: { 1: { 1: 4 } }, visitors: 6 };
  const shown = gridOf(grid({ 1: { 1: 99 } }), breakdown(band("phone", [], tiles)), "phone");
  assert.deepEqual(
    [shown?.moves.total, shown?.moves.counts[7 * 50 + 3], shown?.clicks.total, shown?.visitors],
    [12, 12, 4, 6],
  );
  assert.equal(shown?.newest, grid({}).newest);
});

test("before a band's tiles are there its grid isn't known, and without visitors it is empty", () => {
  const known = breakdown(band("phone", [BUY]));
  assert.equal(gridOf(grid({ 1: { 1: 9 } }), known, "phone"), null);
  const absent = gridOf(grid({ 1: { 1: 9 } }), known, "unknown");
  assert.deepEqual([absent?.moves.total, absent?.visitors], [0, 0]);
});

const HOT = 4096;

/** @param {Map<number, number>} cells @param {[number, string][]} names @param {number[]} [rest] visitors by band */
const decoded = (cells, names, rest = [1], spots = 64) =>
  breakdownFrom({
    kind: 1,
    numbers: [300_000, 300_000, 9, 4, 0, 0, 50, spots, 0, ...rest],
    names: new Map([[0, "phone"], ...names]),
    layers: [cells],
  });

/** The first cell of an element's marks of one kind. */
const cellsOf = (/** @type {number} */ name, band = 0, kind = 0) =>
  ((name * 8 + band) * 4 + kind) * HOT;

test("a count stands at its spot, kind by kind", () => {
  const cells = new Map([
    [cellsOf(8) + 31 * 64 + 40, 2],
    [cellsOf(8) + 63, 1],
    [cellsOf(8, 0, 3) + 5 * 64 + 6, 9],
  ]);
  const [element] = decoded(cells, [[8, "#buy"]])?.bands[0].elements ?? [];
  assert.deepEqual([...element.clicks.counts].sort(), [
    [40 * 64 + 31, 2],
    [63 * 64, 1],
  ]);
  assert.deepEqual([element.clicks.total, element.rests.total], [3, 9]);
  assert.deepEqual([element.rage.total, element.dead.total], [0, 0]);
});

test("what is no element and no spot is left out", () => {
  const cells = new Map([
    [cellsOf(8) + 40, 1],
    [cellsOf(9), 1],
    [cellsOf(10), 1],
  ]);
  const long = `#${"x".repeat(512)}`;
  const breakdown = decoded(
    cells,
    [
      [8, "#a"],
      [9, long],
    ],
    [1],
    32,
  );
  assert.deepEqual(
    breakdown?.bands[0].elements.map(({ selector, clicks }) => [selector, clicks.total]),
    [["#a", 0]],
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
