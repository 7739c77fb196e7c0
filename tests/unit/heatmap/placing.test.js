import assert from "node:assert/strict";
import { test } from "node:test";
import { cornerOf, freePlace, placeAt } from "../../../frontends/heatmap/static/core/placing.js";

const PANEL = { width: 280, height: 420 };
const WINDOW = { width: 1280, height: 720 };

test("a panel that was put somewhere is there again, in a window of the same size", () => {
  for (const [left, top] of [
    [10, 20],
    [900, 20],
    [10, 250],
    [990, 290],
    [500, 150],
  ]) {
    assert.deepEqual(cornerOf(placeAt(left, top, PANEL, WINDOW), PANEL, WINDOW), { left, top });
  }
});

test("it stays at its corner when the window or the panel changes its size", () => {
  const place = placeAt(990, 290, PANEL, WINDOW);
  assert.deepEqual(place, { side: "right", x: 10, edge: "bottom", y: 10 });
  assert.deepEqual(cornerOf(place, PANEL, { width: 800, height: 600 }), { left: 510, top: 170 });
  assert.deepEqual(cornerOf(place, { width: 40, height: 40 }, WINDOW), { left: 1230, top: 670 });
});

test("it is never outside of the window, and its head never above it", () => {
  assert.deepEqual(placeAt(-500, -500, PANEL, WINDOW), { side: "left", x: 4, edge: "top", y: 4 });
  assert.deepEqual(placeAt(5000, 5000, PANEL, WINDOW), {
    side: "right",
    x: 4,
    edge: "bottom",
    y: 4,
  });
  const place = placeAt(500, 200, PANEL, WINDOW);
  assert.deepEqual(cornerOf(place, PANEL, { width: 300, height: 300 }), { left: 4, top: 4 });
  assert.deepEqual(cornerOf(place, PANEL, { width: 200, height: 200 }), { left: 4, top: 4 });
});

/** @type {[string, { left: number, right: number }, string, number][]} */
const CORNERS = [
  ["in the right corner if both are free", { left: 0, right: 0 }, "right", 16],
  ["in the left one if a chat's button is in the right one", { left: 0, right: 80 }, "left", 16],
  ["above a bar that holds both", { left: 60, right: 60 }, "right", 76],
  ["above the bar, but not above the button on it", { left: 60, right: 140 }, "left", 76],
  ["not over a side bar", { left: Number.POSITIVE_INFINITY, right: 60 }, "right", 76],
  [
    "in the right corner if side bars are everywhere",
    { left: Infinity, right: Infinity },
    "right",
    16,
  ],
];

for (const [where, held, side, y] of CORNERS) {
  test(`a panel that nobody has moved is ${where}`, () => {
    assert.deepEqual(freePlace(held), { side, x: 16, edge: "bottom", y });
  });
}
