import assert from "node:assert/strict";
import { test } from "node:test";
import { fill, peakOf, ROWS, shapeOf } from "../../../frontends/heatmap/static/core/spots.js";

const SPOTS = 64;
const DIVISION = { spots: SPOTS, spotPx: 8 };

/** @param {number} column @param {number} row */
const place = (column, row) => column * ROWS + row;

/** @param {number} width @param {number} height @param {[number, number][]} counts by place @param {import("../../../frontends/heatmap/static/core/spots.js").Part} [part] */
function draw(width, height, counts, part = { top: 0, height }, division = DIVISION) {
  const box = { width, height };
  const shape = shapeOf(box, part);
  const field = new Float32Array(shape.width * shape.height);
  const peak = fill(new Map(counts), division, box, part, shape, field);
  const hottest = field.indexOf(field.reduce((most, heat) => Math.max(most, heat), 0));
  const { rim } = shape;
  const pixel = [(width + 2 * rim) / shape.width, (part.height + 2 * rim) / shape.height];
  return {
    shape,
    field,
    peak,
    /** Sides of a pixel, px. */
    pixel,
    /** The hottest one, px from the corner of the part. */
    at: [
      ((hottest % shape.width) + 0.5) * pixel[0] - rim,
      (Math.floor(hottest / shape.width) + 0.5) * pixel[1] - rim,
    ],
    sigma: shape.sigma,
  };
}

for (const [what, width, height] of /** @type {[string, number, number][]} */ ([
  ["a button", 120, 40],
  ["a picture", 800, 600],
  ["a line of text", 600, 18],
  ["an icon", 16, 16],
])) {
  test(`the hottest pixel of ${what} is where it was clicked`, () => {
    for (const [column, row] of [
      [0, 0],
      [31, 40],
      [63, 63],
    ]) {
      const { at, pixel } = draw(width, height, [[place(column, row), 7]]);
      assert.ok(Math.abs(at[0] - ((column + 0.5) / SPOTS) * width) <= pixel[0], `${at}`);
      assert.ok(Math.abs(at[1] - ((row + 0.5) / SPOTS) * height) <= pixel[1], `${at}`);
    }
  });
}

test("a spot at a box's edge is whole: it reaches beyond the box", () => {
  for (const [column, row] of [
    [0, 32],
    [63, 32],
    [32, 0],
    [32, 63],
  ]) {
    const { field, shape } = draw(120, 40, [[place(column, row), 7]]);
    const middle = draw(120, 40, [[place(32, 32), 7]]);
    const warm = (/** @type {Float32Array} */ it) => it.reduce((sum, heat) => sum + heat, 0);
    assert.ok(Math.abs(warm(field) / warm(middle.field) - 1) < 0.02, `${[column, row]}`);
    const rim = [...field.subarray(0, shape.width), ...field.subarray(-shape.width)];
    assert.ok(Math.max(...rim) < 0.2, "nor does it end at the canvas' edge");
  }
});

test("a spot has the same size on large parts, and a smaller one on small parts", () => {
  assert.ok(Math.abs(draw(300, 200, []).sigma - 11) < 0.2);
  assert.ok(Math.abs(draw(600, 900, []).sigma - 11) < 0.2);
  const small = draw(120, 40, []).sigma;
  assert.ok(small < 9 && small > 5, `${small}`);
});

test("on a high box a spot is where it was clicked, to 8 px, and as small as elsewhere", () => {
  // 19,653 px: the middle of row 1,843 below the top is at 14,748 px.
  const counts = /** @type {[number, number][]} */ ([[place(SPOTS + 128, SPOTS + 1843), 5]]);
  const { at, pixel, shape, field } = draw(1280, 19_653, counts, { top: 14_400, height: 1440 });
  assert.ok(Math.abs(at[1] + 14_400 - 14_748) <= pixel[1], `${at}`);
  assert.ok(Math.abs(at[0] - 642.5) <= pixel[0], `${at}`);
  const warm = Array.from({ length: shape.height }, (_, y) =>
    field.subarray(y * shape.width, (y + 1) * shape.width).some((heat) => heat > 0),
  ).filter(Boolean).length;
  assert.ok(warm * pixel[1] < 80, `${warm}`);
});

test("a part has no heat of another part, but counts on the whole's scale", () => {
  const box = { width: 1280, height: 19_653 };
  const counts = /** @type {[number, number][]} */ ([
    [place(64, 64 + 10), 2],
    [place(64, 64 + 2000), 9],
  ]);
  assert.equal(draw(1280, box.height, counts, { top: 5000, height: 1440 }).peak, 0);
  const peak = peakOf(new Map(counts), DIVISION, box, 1440);
  assert.ok(peak > 8 && peak <= 9, `${peak}`);
});

test("a spot is as large as its place is vague", () => {
  const wide = (/** @type {any} */ division) => {
    const { field } = draw(400, 400, [[place(2, 2), 1]], undefined, division);
    return field.filter((heat) => heat > 0).length;
  };
  assert.ok(wide({ spots: 4, spotPx: 128 }) > 3 * wide(DIVISION));
});

test("a spot's height is its count, and what overlaps adds up", () => {
  const one = draw(300, 200, [[place(30, 30), 4]]).peak;
  assert.ok(one > 3.8 && one <= 4, `${one}`);
  const two = draw(300, 200, [
    [place(30, 30), 4],
    [place(31, 30), 4],
  ]).peak;
  assert.ok(two > 7 && two <= 8, `${two}`);
});

test("a spot ends without an edge, and away from it the element is not touched", () => {
  const { field, shape } = draw(400, 400, [[place(32, 32), 1]]);
  const row = field.subarray(
    Math.floor(shape.height / 2) * shape.width,
    (Math.floor(shape.height / 2) + 1) * shape.width,
  );
  assert.ok(Math.min(...row.filter((heat) => heat > 0)) < 0.02);
  assert.equal(row[0], 0);
  assert.ok(field.every((heat) => heat >= 0));
});

test("a canvas has few pixels, however large the element", () => {
  for (const [width, height] of [
    [40, 20],
    [1900, 800],
    [1280, 90_000],
  ]) {
    const { shape } = draw(width, height, []);
    assert.ok(shape.width <= 600 && shape.height <= 600, `${shape.width} × ${shape.height}`);
    const rims = 2 * shape.rim;
    assert.ok(shape.width <= width + rims && shape.height <= height + rims);
  }
});

test("nothing is left of the field before", () => {
  const box = { width: 300, height: 200 };
  const part = { top: 0, height: 200 };
  const shape = shapeOf(box, part);
  const field = new Float32Array(shape.width * shape.height);
  fill(new Map([[place(30, 30), 4]]), DIVISION, box, part, shape, field);
  assert.equal(fill(new Map(), DIVISION, box, part, shape, field), 0);
  assert.ok(field.every((heat) => heat === 0));
});

test("every pixel is the sum of the spots' Gaussians there, lowered to 0 at their ends", () => {
  for (const [width, height, spots] of /** @type {[number, number, [number, number][]][]} */ ([
    [
      120,
      40,
      [
        [3, 60],
        [40, 2],
        [41, 3],
      ],
    ],
    [
      480,
      500,
      [
        [0, 0],
        [63, 63],
        [20, 20],
        [21, 20],
      ],
    ],
    [30, 20, [[32, 32]]],
  ])) {
    const { field, shape, pixel } = draw(
      width,
      height,
      spots.map(([column, row], i) => [place(column, row), i + 1]),
    );
    const end = Math.exp(-4.5);
    const heightAt = (pixels, at, sigma) => {
      const bell = (where) => Math.exp(-0.5 * ((where + 0.5 - at) / sigma) ** 2) - end;
      return Math.max(0, bell(pixels)) / bell(Math.floor(at));
    };
    for (let i = 0; i < field.length; i++) {
      const [x, y] = [i % shape.width, Math.floor(i / shape.width)];
      let sum = 0;
      for (let spot = 0; spot < spots.length; spot++) {
        const [column, row] = spots[spot];
        const at = [
          (((column + 0.5) / SPOTS) * width + shape.rim) / pixel[0],
          (((row + 0.5) / SPOTS) * height + shape.rim) / pixel[1],
        ];
        const across = heightAt(x, at[0], shape.sigma / pixel[0]);
        sum += (spot + 1) * across * heightAt(y, at[1], shape.sigma / pixel[1]);
      }
      assert.ok(Math.abs(field[i] - sum) < 1e-4, `${x}, ${y}: ${field[i]} and ${sum}`);
    }
  }
});
