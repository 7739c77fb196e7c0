import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../../../frontends/heatmap/static/core/connection.js";
import { NOTHING, shownOf } from "../../../frontends/heatmap/static/core/shown.js";
import { band, breakdown, element } from "./breakdowns.js";
import { packed } from "./fine.js";
import { grid } from "./grids.js";

const warm = grid({ 1: { 1: 9 } });
const BUY = element("#buy", { clicks: { 1: { 1: 2 } } });
const without = breakdown(band("phone", [BUY]), band("wide", [BUY]));
const withTiles = breakdown(
  band("phone", [BUY], { fine: { row: 20, moves: packed(102, 4) }, visitors: 3 }),
  band("wide", []),
);

/** @param {object} known */
const knows = (known) => ({ ...connect("/", "", 0), ...known });

test("without a band everything is shown, the elements of all bands together", () => {
  const shown = shownOf(NOTHING, knows({ grid: warm, breakdown: without }), "");
  assert.equal(shown.grid, warm);
  assert.deepEqual(
    shown.elements.map(({ clicks }) => clicks.total),
    [4],
  );
});

test("with a band its elements are shown at once, its tiles when they come", () => {
  const all = shownOf(NOTHING, knows({ grid: warm, breakdown: without }), "");
  const waiting = shownOf(all, knows({ grid: warm, breakdown: without }), "phone");
  assert.equal(waiting.grid, warm, "what was shown stays until then");
  assert.equal(waiting.elements[0].clicks.total, 2);
  const there = shownOf(waiting, knows({ grid: warm, breakdown: withTiles }), "phone");
  assert.deepEqual([there.grid?.moves.total, there.grid?.visitors], [4, 3]);
});

test("between two breakdowns a band's heat stays the same, though new grids of all come", () => {
  const there = shownOf(NOTHING, knows({ grid: warm, breakdown: withTiles }), "phone");
  const later = shownOf(
    there,
    knows({ grid: grid({ 1: { 1: 10 } }), breakdown: withTiles }),
    "phone",
  );
  assert.equal(later.grid, there.grid);
  assert.equal(later.elements, there.elements);
});

test("a page that cools is cold for every band", () => {
  const there = shownOf(NOTHING, knows({ grid: warm, breakdown: withTiles }), "phone");
  const cooled = grid({}, { newest: null });
  const cold = shownOf(there, knows({ grid: cooled, breakdown: null }), "phone");
  assert.equal(cold.grid, cooled);
  assert.deepEqual(cold.elements, []);
});

test("nothing of one page is shown on another", () => {
  const there = shownOf(NOTHING, knows({ grid: warm, breakdown: without }), "");
  const other = shownOf(
    there,
    { ...knows({ grid: warm, breakdown: null }), page: "/lamp" },
    "phone",
  );
  assert.deepEqual([other.grid, other.elements], [null, []]);
});
