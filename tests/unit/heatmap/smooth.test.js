import assert from "node:assert/strict";
import { test } from "node:test";
import { kernel, spread } from "../../../frontends/heatmap/static/core/smooth.js";

const SIZE = 10;
const POINTS = 50;

/**
 * @param {Float32Array} counts
 * @param {"mean" | "spots"} way
 */
function field(counts, way, across = 0.6, down = 0.6) {
  const result = new Float32Array(POINTS * POINTS);
  const peak = spread(
    counts,
    SIZE,
    kernel(SIZE, POINTS, across, way),
    kernel(SIZE, POINTS, down, way),
    result,
    new Float32Array(SIZE * POINTS),
  );
  return { result, peak };
}

/** @param {number} column @param {number} row */
function oneTile(column, row) {
  const counts = new Float32Array(SIZE * SIZE);
  counts[row * SIZE + column] = 1;
  return counts;
}

test("an even page stays even, up to its corners", () => {
  const { result } = field(new Float32Array(SIZE * SIZE).fill(7), "mean");
  for (const value of result) assert.ok(Math.abs(value - 7) < 1e-4);
});

test("the peak lies at the tile's centre and is what is returned", () => {
  const { result, peak } = field(oneTile(3, 8), "mean");
  const at = result.indexOf(Math.max(...result));
  assert.deepEqual([at % POINTS, Math.floor(at / POINTS)], [3 * 5 + 2, 8 * 5 + 2]);
  assert.equal(result[at], peak);
});

test("heat falls off evenly to all sides", () => {
  const { result } = field(oneTile(5, 5), "mean");
  const centre = 27 * POINTS + 27;
  for (const distance of [3, 6, 9]) {
    const around = [distance, -distance, POINTS * distance, -POINTS * distance];
    const values = around.map((step) => result[centre + step]);
    for (const value of values) assert.ok(Math.abs(value - values[0]) < 1e-5);
  }
});

test("a wider Gaussian along one side spreads along that side only", () => {
  const { result } = field(oneTile(5, 5), "mean", 1.4, 0.6);
  const centre = 27 * POINTS + 27;
  assert.ok(result[centre + 10] > 3 * result[centre + 10 * POINTS]);
});

test("a spot has its count at its centre, whatever stands beside it", () => {
  const counts = oneTile(5, 5);
  counts[5 * SIZE + 6] = 4;
  const { result } = field(counts, "spots", 0.2, 0.2);
  assert.ok(Math.abs(result[27 * POINTS + 27] - 1) < 0.01);
  assert.ok(Math.abs(result[27 * POINTS + 32] - 4) < 0.01);
  assert.ok(result[22 * POINTS + 32] < 0.01, "it ends before the next tile's centre");
  assert.ok(result[25 * POINTS + 32] < 1, "it falls off within its tile");
});

test("far from any heat there is exactly none", () => {
  const { result } = field(oneTile(0, 0), "mean");
  assert.equal(result[30 * POINTS + 30], 0);
});
