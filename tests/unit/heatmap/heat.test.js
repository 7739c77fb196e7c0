import assert from "node:assert/strict";
import { test } from "node:test";
import { advance, cold } from "../../../frontends/heatmap/static/core/heat.js";
import { grid } from "./grids.js";

const AUTO = { moves: null, clicks: null };
const FRAME_MS = 1000 / 60;

/** @param {any} cells @param {object} [rest] */
const tiles = (cells, rest) => grid(cells, rest).sheets.page;

/** @param {number} hottest */
const oneSpot = (hottest) => tiles({ 0: { 0: hottest } });

/**
 * @param {import("../../../frontends/heatmap/static/core/heat.js").Heat} heat
 * @param {import("../../../frontends/heatmap/static/core/heat.js").Target} to
 * @param {number} ms
 */
function glide(heat, to, ms, frame = FRAME_MS) {
  let moving = true;
  for (let elapsed = 0; elapsed < ms && moving; elapsed += frame) {
    moving = advance(heat, to, AUTO, frame);
  }
  return moving;
}

test("the first heat has its scale at once, and glides in", () => {
  const heat = cold(50);
  advance(heat, oneSpot(8), AUTO, FRAME_MS);
  assert.equal(heat.moves.maximum, 8);
  assert.ok(heat.moves.counts[0] > 0 && heat.moves.counts[0] < 8);
});

test("shown heat arrives exactly, and then nothing moves", () => {
  const heat = cold(50);
  assert.equal(glide(heat, oneSpot(8), 5000), false);
  assert.equal(heat.moves.counts[0], 8);
  assert.equal(heat.moves.hottest, 8);
});

test("a hotter tile doesn't make the scale jump", () => {
  const heat = cold(50);
  glide(heat, oneSpot(10), 5000);
  advance(heat, oneSpot(100), AUTO, FRAME_MS);
  assert.ok(heat.moves.maximum > 10 && heat.moves.maximum < 15);
  glide(heat, oneSpot(100), 10_000);
  assert.equal(heat.moves.maximum, 100);
});

test("gliding takes as long at 20 frames a second as at 60", () => {
  const [slow, fast] = [cold(50), cold(50)];
  glide(slow, oneSpot(10), 200, 50);
  glide(fast, oneSpot(10), 200, 10);
  assert.ok(Math.abs(slow.moves.counts[0] - fast.moves.counts[0]) < 0.01);
});

test("a fixed maximum is the scale whatever is hottest", () => {
  const heat = cold(50);
  advance(heat, oneSpot(100), { moves: 20, clicks: null }, Number.POSITIVE_INFINITY);
  assert.equal(heat.moves.maximum, 20);
});

test("a page that cools fades on the scale that it had", () => {
  const heat = cold(50);
  glide(heat, oneSpot(10), 5000);
  advance(heat, tiles({}), AUTO, 100);
  assert.equal(heat.moves.maximum, 10);
  assert.ok(heat.moves.counts[0] > 0 && heat.moves.counts[0] < 10);
});

test("after a page has cooled the next heat has a scale of its own", () => {
  const heat = cold(50);
  glide(heat, oneSpot(1000), 5000);
  glide(heat, tiles({}), 5000);
  advance(heat, oneSpot(2), AUTO, FRAME_MS);
  assert.equal(heat.moves.maximum, 2);
});

test("moves and clicks have a scale each", () => {
  const heat = cold(50);
  const both = tiles({ 0: { 0: 300 } }, { clicks: { 0: { 0: 3 } } });
  advance(heat, both, AUTO, Number.POSITIVE_INFINITY);
  assert.deepEqual([heat.moves.maximum, heat.clicks.maximum], [300, 3]);
});

test("what is hottest elsewhere on the page sets the scale here", () => {
  const heat = cold(50);
  const { moves, clicks } = oneSpot(8);
  const part = { moves: { ...moves, hottest: 80 }, clicks };
  advance(heat, part, AUTO, Number.POSITIVE_INFINITY);
  assert.deepEqual([heat.moves.maximum, heat.moves.hottest], [80, 8]);
});
