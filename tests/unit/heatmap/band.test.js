import assert from "node:assert/strict";
import { test } from "node:test";
import { bandOf, cut } from "../../../frontends/heatmap/static/core/band.js";

const START = { from: 0, to: 1 };

/** @param {number} top */
const view = (top) => ({ top, bottom: top + 720 });

test("a band is what is in the window and a window's height around it", () => {
  assert.deepEqual(bandOf(START, view(7200), 100_000, 20), { from: 324, to: 432 });
  assert.deepEqual(bandOf(START, view(0), 100_000, 20), { from: 0, to: 72 });
  assert.deepEqual(bandOf(START, view(2280), 3000, 20), { from: 78, to: 150 });
});

test("a band stays while the view moves a little, and moves on before an edge shows", () => {
  const band = bandOf(START, view(7200), 100_000, 20);
  assert.equal(bandOf(band, view(7500), 100_000, 20), band);
  for (let top = 0; top < 90_000; top += 37) {
    const { from, to } = bandOf(band, view(top), 100_000, 20);
    assert.ok(from * 20 <= Math.max(0, top - 250) && to * 20 >= top + 720 + 250, `${top}`);
  }
});

test("a band is bounded, however large the page, and has a row however small", () => {
  const { from, to } = bandOf({ from: 0, to: 5000 }, view(7200), 100_000, 20);
  assert.ok(to - from <= 200, `${from} ${to}`);
  assert.deepEqual(bandOf(START, { top: 0, bottom: 0 }, 0, 20), { from: 0, to: 1 });
});

test("a band has its rows' counts, and none below the sheet's end", () => {
  const counts = Float32Array.of(1, 2, 3, 4, 5, 6);
  assert.deepEqual([...cut(counts, 2, { from: 1, to: 4 })], [3, 4, 5, 6, 0, 0]);
  assert.deepEqual([...cut(counts, 2, { from: 5, to: 6 })], [0, 0]);
});

test("rows that count upwards end with the first", () => {
  const counts = Float32Array.of(1, 2, 3, 4);
  assert.deepEqual([...cut(counts, 2, { from: 0, to: 3 }, true)], [0, 0, 3, 4, 1, 2]);
});
