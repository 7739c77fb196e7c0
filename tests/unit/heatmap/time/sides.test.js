import assert from "node:assert/strict";
import { test } from "node:test";
import { looksFrom } from "../../../../frontends/heatmap/static/core/grid.js";
import { onOneScale } from "../../../../frontends/heatmap/static/time/sides.js";
import { grid } from "../grids.js";

const looks = looksFrom([new Map([[0, 8000]]), new Map([[1, 8000]]), new Map([[1, 4]])], 20);

const few = { ...grid({ 3: { 0: 4 } }), visitors: 10, looks };
const many = { ...grid({ 3: { 0: 30 }, 5: { 0: 60 } }), visitors: 200 };

test("each side has as many events as 100 of its page views, on one scale", () => {
  const [left, right] = onOneScale(few, many);
  assert.equal(left.sheets.page.moves.hottest, 40);
  assert.equal(right.sheets.page.moves.hottest, 30);
  assert.deepEqual([left.scale?.moves, right.scale?.moves], [40, 40]);
});

test("the time in view is per page view, too, and how far they came stays", () => {
  const [left, right] = onOneScale(few, many);
  assert.equal(left.looks.tops.get(0), 80_000);
  assert.equal(left.looks.depths.get(1), 4);
  assert.deepEqual([left.scale?.attention, right.scale?.attention], [80, 80]);
});

test("what was counted stays as it is", () => {
  const [left] = onOneScale(few, many);
  assert.deepEqual([left.moves.total, left.visitors], [4, 10]);
});

test("a side without page views has no heat", () => {
  const [left] = onOneScale({ ...few, visitors: 0 }, many);
  assert.equal(left.sheets.page.moves.hottest, 0);
});
