import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeDetail, elementsOf, gridOf } from "../../../frontends/heatmap/static/core/detail.js";
import { band, detail, detailRecord, element } from "./details.js";
import { grid } from "./grids.js";

const BUY = element("#buy", { clicks: { 31: { 40: 2 }, 0: { 63: 1 } }, rests: { 5: { 6: 9 } } });

test("a count stands at its spot, kind by kind", () => {
  const [{ elements }] = detail(band("phone", [BUY])).bands;
  assert.deepEqual([...elements[0].clicks.counts].sort(), [
    [40 * 64 + 31, 2],
    [63 * 64, 1],
  ]);
  assert.deepEqual([elements[0].clicks.total, elements[0].rests.total], [3, 9]);
  assert.deepEqual([elements[0].rage.total, elements[0].dead.total], [0, 0]);
});

test("all visitors' elements are those of all bands, added up", () => {
  const both = detail(
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

test("a band's elements are its own, and a band of which nothing is told has none", () => {
  const both = detail(band("phone", [BUY]), band("wide", []));
  assert.deepEqual(elementsOf(both, "phone"), both.bands[0].elements);
  assert.deepEqual(elementsOf(both, "unknown"), []);
});

test("a band's grid has its own tiles and visitors in the window of the page's", () => {
  const tiles = { value: { 3: { 7: 12 } }, clicks: { 1: { 1: 4 } }, visitors: 6 };
  const shown = gridOf(grid({ 1: { 1: 99 } }), detail(band("phone", [], tiles)), "phone");
  assert.deepEqual(
    [shown?.moves.total, shown?.moves.counts[7 * 50 + 3], shown?.clicks.total, shown?.visitors],
    [12, 12, 4, 6],
  );
  assert.equal(shown?.newest, grid({}).newest);
});

test("before a band's tiles are there its grid isn't known, and without visitors it is empty", () => {
  const told = detail(band("phone", [BUY]));
  assert.equal(gridOf(grid({ 1: { 1: 9 } }), told, "phone"), null);
  const absent = gridOf(grid({ 1: { 1: 9 } }), told, "unknown");
  assert.deepEqual([absent?.moves.total, absent?.visitors], [0, 0]);
});

test("what is no element, no spot and no count is left out", () => {
  const odd = [
    null,
    element(/** @type {any} */ (5)),
    element(`#${"x".repeat(512)}`),
    element("#a", { clicks: { 64: { 0: 1 }, "-1": { 0: 1 }, x: { 0: 1 }, 0: { 1: -3, 2: "a" } } }),
  ];
  const [{ elements }] = detail(band("phone", odd)).bands;
  assert.deepEqual(
    elements.map(({ selector, clicks }) => [selector, clicks.total]),
    [["#a", 0]],
  );
});

test("a broken record makes no thousands of elements or bands", () => {
  const many = Array.from({ length: 5000 }, (_, i) => element(`#e${"x".repeat(i % 9)}`));
  const told = detail(...Array.from({ length: 50 }, (_, i) => band(`b${i}`, many)));
  assert.equal(told.bands.length, 8);
  assert.equal(told.bands[0].elements.length, 513);
});

for (const [what, broken] of /** @type {[string, object][]} */ ([
  ["without bands", { bands: undefined }],
  ["of no spots", { spots: 0 }],
  ["of more spots than there are", { spots: 65 }],
  ["of tiles too many to hold", { "grid-size": 1_000_000 }],
])) {
  test(`a detail ${what} is nothing to show`, () => {
    assert.equal(decodeDetail(detailRecord([], broken)), null);
  });
}
