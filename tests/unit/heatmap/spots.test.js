import assert from "node:assert/strict";
import { test } from "node:test";
import { fill, shapeOf } from "../../../frontends/heatmap/static/core/spots.js";

const SPOTS = 64;

/** @param {number} column @param {number} row */
const place = (column, row) => row * SPOTS + column;

/** @param {number} boxWidth @param {number} boxHeight @param {[number, number][]} counts by place */
function draw(boxWidth, boxHeight, counts) {
  const shape = shapeOf(boxWidth, boxHeight, SPOTS);
  const field = new Float32Array(shape.width * shape.height);
  const peak = fill(new Map(counts), SPOTS, shape, field);
  const hottest = field.indexOf(Math.max(...field));
  return {
    shape,
    field,
    peak,
    /** Of the hottest pixel, as parts of the box. */
    at: [
      ((hottest % shape.width) + 0.5) / shape.width,
      (Math.floor(hottest / shape.width) + 0.5) / shape.height,
    ],
    /** Standard deviation on the page, px. */
    sigma: (shape.sigma * boxWidth) / shape.width,
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
      const { at, shape } = draw(width, height, [[place(column, row), 7]]);
      assert.ok(Math.abs(at[0] - (column + 0.5) / SPOTS) <= 1 / shape.width, `${at}`);
      assert.ok(Math.abs(at[1] - (row + 0.5) / SPOTS) <= 1 / shape.height, `${at}`);
    }
  });
}

test("a spot has the same size on large parts, and a smaller one on small parts", () => {
  assert.ok(Math.abs(draw(300, 200, []).sigma - 11) < 0.2);
  assert.ok(Math.abs(draw(600, 900, []).sigma - 11) < 0.2);
  const small = draw(120, 40, []).sigma;
  assert.ok(small < 9 && small > 5, `${small}`);
});

test("a spot is as large as its place is vague", () => {
  assert.ok(draw(1280, 12_800, []).sigma > 50);
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
    assert.ok(shape.width <= 400 && shape.height <= 400, `${shape.width} × ${shape.height}`);
    assert.ok(shape.width <= width && shape.height <= height);
  }
});

test("nothing is left of the field before", () => {
  const shape = shapeOf(300, 200, SPOTS);
  const field = new Float32Array(shape.width * shape.height);
  fill(new Map([[place(30, 30), 4]]), SPOTS, shape, field);
  assert.equal(fill(new Map(), SPOTS, shape, field), 0);
  assert.ok(field.every((heat) => heat === 0));
});
