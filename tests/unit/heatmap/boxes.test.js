import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beyondRim,
  clip,
  intersect,
  isNothing,
  nearPart,
  rimmed,
  uncovered,
} from "../../../frontends/heatmap/static/core/boxes.js";

/** @param {number} left @param {number} top @param {number} right @param {number} bottom */
const box = (left, top, right, bottom) => ({ left, top, right, bottom });

const CARD = box(100, 200, 300, 400);

test("of a part scrolled halfway out of its panel half is left", () => {
  assert.deepEqual(intersect(CARD, box(0, 300, 500, 900)), box(100, 300, 300, 400));
});

test("of a part scrolled out altogether nothing is left", () => {
  assert.ok(isNothing(intersect(CARD, box(0, 400, 500, 900))));
  assert.ok(!isNothing(intersect(CARD, box(0, 399, 500, 900))));
});

for (const [what, cover, expected] of /** @type {any[]} */ ([
  ["a bar above it", box(0, 0, 1000, 60), CARD],
  ["a bar over its upper edge", box(0, 0, 1000, 260), box(100, 260, 300, 400)],
  ["a bar over its lower edge", box(0, 350, 1000, 500), box(100, 200, 300, 350)],
  ["a column over its left edge", box(0, 0, 150, 900), box(150, 200, 300, 400)],
  ["a column over its right edge", box(250, 0, 500, 900), box(100, 200, 250, 400)],
  ["a button over its corner", box(250, 350, 310, 410), CARD],
  ["a bar across its middle", box(0, 250, 1000, 300), CARD],
])) {
  test(`under ${what} there is left of a box what is seen`, () => {
    assert.deepEqual(uncovered(CARD, cover), expected);
    // As the browser gives boxes: with what they say in their prototype.
    const { left, top, right, bottom } = uncovered(Object.create(CARD), cover);
    assert.deepEqual({ left, top, right, bottom }, expected);
  });
}

test("under a bar at the window's rim nothing is left of what has scrolled past it", () => {
  const bar = beyondRim(box(0, 0, 1000, 60), 1000, 900);
  assert.deepEqual(uncovered(box(100, -70, 300, 190), bar), box(100, 60, 300, 190));
  assert.ok(isNothing(uncovered(box(100, -250, 300, 10), bar)));
  const inside = box(10, 20, 900, 60);
  assert.deepEqual(beyondRim(inside, 1000, 900), inside);
});

test("under a dialog over all of it nothing is left", () => {
  assert.ok(isNothing(uncovered(CARD, box(0, 0, 1000, 900))));
});

test("a clip cuts off what isn't visible, and a box that is seen whole has none", () => {
  assert.equal(clip(CARD, CARD), "none");
  assert.equal(clip(CARD, box(100, 260, 290, 400)), "inset(60px 10px 0px 0px)");
});

test("of a high box the part in the window is drawn, which moves by a window's height", () => {
  assert.deepEqual(nearPart(-100, 1400, 720), { from: 0, height: 1400 });
  assert.deepEqual(nearPart(300, 20_000, 720), { from: 0, height: 1440 });
  assert.deepEqual(nearPart(-1500, 20_000, 720), { from: 1440, height: 1440 });
  assert.deepEqual(nearPart(-1600, 20_000, 720), { from: 1440, height: 1440 });
  assert.deepEqual(nearPart(-19_280, 20_000, 720), { from: 18_560, height: 1440 });
});

test("a rim is around a box, but not where the box is cut", () => {
  const box = { left: 100, top: 100, right: 200, bottom: 150 };
  assert.deepEqual(rimmed(box, box, 10), { left: 90, top: 90, right: 210, bottom: 160 });
  const cut = { ...box, top: 120, right: 180 };
  assert.deepEqual(rimmed(box, cut, 10), { left: 90, top: 120, right: 180, bottom: 160 });
});
