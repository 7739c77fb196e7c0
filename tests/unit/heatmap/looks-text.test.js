import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../../../frontends/heatmap/static/core/looks-text.js";
import { grid } from "./grids.js";
import { lookCounts } from "./looks.js";

const POINTED = { y: 450, pointed: true };
const NOON = new Date(2027, 0, 15, 12, 0, 5).getTime();

/** @param {any[]} views @param {number} height */
const seen = (views, height) => ({
  ...grid({}, { page: { width: 1000, height } }),
  start: NOON,
  end: NOON + 300_000,
  looks: lookCounts(views, height),
});

const long = seen(
  [
    [[0, 600, 41_250]],
    [
      [0, 600, 300],
      [400, 600, 5_000],
    ],
    [
      [0, 600, 250],
      [900, 600, 250],
    ],
    [[0, 800, 250]],
  ],
  3000,
);

test("it says of how many page views and of when", () => {
  assert.equal(textOf("attention", long, POINTED).of, "4 page views, 12:00:05 to 12:05:05");
  assert.equal(
    textOf("scroll", seen([[[0, 600, 250]]], 3000), POINTED).of,
    "1 page view, 12:00:05 to 12:05:05",
  );
});

test("attention is read in seconds, and a page view's", () => {
  const { place, reading, value } = textOf("attention", long, POINTED);
  assert.equal(place, "440–460 px, under the pointer");
  assert.equal(reading, "47.1 s in view, 11.8 s per page view");
  assert.equal(value, "47.1 s");
});

test("a time below a second has hundredths", () => {
  const { reading } = textOf("attention", long, { y: 1400, pointed: false });
  assert.equal(reading, "0.25 s in view, 0.06 s per page view");
});

test("a depth is read in page views", () => {
  const { place, reading, value } = textOf("scroll", long, { y: 990, pointed: false });
  assert.equal(place, "980–1,000 px, middle of the window");
  assert.equal(reading, "2 page views reach it, 50 %");
  assert.equal(value, "50 %");
});

test("it says how far 75, 50 and 25 % came, and where windows end", () => {
  const { marks, note } = textOf("scroll", long, POINTED);
  assert.deepEqual(marks, [
    { share: "75 %", y: "800 px" },
    { share: "50 %", y: "1,000 px" },
    { share: "25 %", y: "1,500 px" },
  ]);
  assert.equal(note, "Windows end at 640 px on average; 8 of 10 are from 590 to 790 px.");
  assert.deepEqual(textOf("attention", long, POINTED).marks, []);
});

test("of a page that fits everybody's window it says so", () => {
  const { marks, note, reading } = textOf(
    "scroll",
    seen([[[0, 600, 250]], [[0, 700, 250]]], 590),
    POINTED,
  );
  assert.deepEqual(marks, []);
  assert.match(note, /fits the window of everybody/);
  assert.equal(reading, "2 page views reach it, 100 %");
});

test("before anything was in view it says what counts", () => {
  for (const nothing of [null, seen([], 3000)]) {
    const { of, note, reading, value } = textOf("scroll", nothing, POINTED);
    assert.match(note, /Nothing was in view yet/);
    assert.deepEqual([of, reading, value], ["", "", ""]);
  }
});
