import assert from "node:assert/strict";
import { test } from "node:test";
import {
  framesOf,
  gridOf,
  peaksOf,
} from "../../../../../frontends/heatmap/static/time/film/frames.js";
import { film, MINUTE, SIZE } from "./films.js";

const NONE = { moves: 0, clicks: 0 };
const quick = async () => {};

/** @param {object} answer */
const frames = async (answer) => (await framesOf(answer, quick)).frames;

const THREE = film({ 0: [[3, 4]], 1: [[3, 2]], 3: [[7, 10]] });

test("a span of whole steps has exactly their counts", async () => {
  const grid = gridOf(await frames(THREE), { from: 0, to: 2 * MINUTE }, SIZE, NONE);
  assert.equal(grid.sheets.page.moves.counts[3], 6);
  assert.equal(grid.moves.total, 6);
  assert.deepEqual([grid.start, grid.end, grid.size, grid.row], [0, 2 * MINUTE, SIZE, 20]);
});

test("of a step that is partly in the span that part counts", async () => {
  const found = await frames(THREE);
  const span = { from: 0.5 * MINUTE, to: 1.5 * MINUTE };
  assert.equal(gridOf(found, span, SIZE, NONE).sheets.page.moves.counts[3], 3);
});

test("a minute without heat is empty", async () => {
  const grid = gridOf(await frames(THREE), { from: 2 * MINUTE, to: 3 * MINUTE }, SIZE, NONE);
  assert.deepEqual([grid.moves.total, grid.sheets.page.moves.counts.length], [0, 0]);
});

test("the scale is the whole film's, so that colours mean the same all through", async () => {
  const found = await frames(THREE);
  const peaks = peaksOf(found, 2 * MINUTE, SIZE);
  assert.deepEqual(peaks, { moves: 10, clicks: 0 });
  const grid = gridOf(found, { from: 0, to: 2 * MINUTE }, SIZE, peaks);
  assert.deepEqual([grid.moves.hottest, grid.scale?.moves], [6, 10]);
});

test("the peak is of as long as a moment shows", async () => {
  const found = await frames(film({ 0: [[3, 4]], 1: [[3, 5]], 2: [[3, 6]], 9: [[3, 7]] }));
  assert.equal(peaksOf(found, MINUTE, SIZE).moves, 7);
  assert.equal(peaksOf(found, 2 * MINUTE, SIZE).moves, 11);
  assert.equal(peaksOf(found, 60 * MINUTE, SIZE).moves, 22);
  assert.equal(peaksOf(found, MINUTE / 2, SIZE).moves, 3.5);
});

test("frames in rows of another height are shown in the higher ones", async () => {
  const fine = await frames(film({ 0: [[2 * SIZE + 1, 3]] }));
  const coarse = await frames(film({ 1: [[1 * SIZE + 1, 4]] }, { row: 40 }));
  const grid = gridOf([...fine, ...coarse], { from: 0, to: 2 * MINUTE }, SIZE, NONE);
  assert.equal(grid.row, 40);
  assert.equal(grid.sheets.page.moves.counts[SIZE + 1], 7);
});

test("many cells are unpacked with rests in between", async () => {
  let rests = 0;
  const cells = Array.from(
    { length: 6000 },
    (_, cell) => /** @type {[number, number]} */ ([cell, 1]),
  );
  await framesOf(film({ 0: cells, 1: cells, 2: cells, 3: cells }), async () => {
    rests++;
  });
  assert.equal(rests, 2);
});

test("what is no film is refused", async () => {
  await assert.rejects(framesOf({ ...THREE, step: 0 }, quick), RangeError);
  await assert.rejects(framesOf({ ...THREE, "grid-size": 9999 }, quick), RangeError);
});
