import assert from "node:assert/strict";
import { test } from "node:test";
import {
  advanced,
  exposure,
  pressed,
} from "../../../../../frontends/heatmap/static/time/film/playhead.js";
import {
  chunkLength,
  SPEEDS,
  speedFor,
} from "../../../../../frontends/heatmap/static/time/film/speeds.js";
import { DAY, HOUR, MINUTE } from "../../../../../frontends/heatmap/static/time/ranges.js";

const [SLOW] = SPEEDS;
const FAST = SPEEDS[SPEEDS.length - 1];
const FILM = { from: 0, to: HOUR };

test("speeds are from a minute a second to a day a second", () => {
  assert.deepEqual([SLOW.ms, FAST.ms], [MINUTE, DAY]);
});

test("a range is first played within a minute, if there is a speed for that", () => {
  const played = (/** @type {number} */ length) => speedFor({ from: 0, to: length }).ms;
  assert.deepEqual([HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY].map(played), [
    MINUTE,
    HOUR,
    6 * HOUR,
    DAY,
    DAY,
  ]);
});

test("what is asked for at once has no more than the history's 360 frames", () => {
  for (const speed of SPEEDS) {
    const step = speed.ms < HOUR ? MINUTE : HOUR;
    assert.ok(chunkLength(speed) / step <= 360);
    assert.equal(chunkLength(speed) % step, 0);
  }
});

test("a film goes on by its speed, and waits for what is not loaded", () => {
  assert.equal(advanced(0, 100, SLOW, HOUR), MINUTE / 10);
  assert.equal(advanced(MINUTE, 100, SLOW, MINUTE + 5), MINUTE + 5);
  assert.equal(advanced(MINUTE, 100, SLOW, 0), MINUTE);
});

test("while the page is hidden nothing is missed", () => {
  assert.equal(advanced(0, 60_000, SLOW, HOUR), MINUTE / 4);
});

test("a moment shows as long before it as plays in a second, of the film alone", () => {
  assert.deepEqual(exposure(10 * MINUTE, SLOW, FILM, false), { from: 9 * MINUTE, to: 10 * MINUTE });
  assert.deepEqual(exposure(MINUTE / 2, SLOW, FILM, false), { from: 0, to: MINUTE / 2 });
});

test("without motion there is a still picture for each second, none of them empty", () => {
  const still = (/** @type {number} */ at) => exposure(at, SLOW, FILM, true);
  assert.deepEqual(still(0), { from: 0, to: MINUTE });
  assert.deepEqual(still(1.2 * MINUTE), { from: MINUTE, to: 2 * MINUTE });
  assert.deepEqual(still(1.9 * MINUTE), still(1.2 * MINUTE));
  assert.deepEqual(still(HOUR), { from: HOUR - MINUTE, to: HOUR });
});

test("keys go on by seconds of the film, and not beyond its ends", () => {
  const after = (/** @type {string} */ key, at = 20 * MINUTE) => pressed(at, key, SLOW, FILM);
  assert.equal(after("ArrowRight"), 21 * MINUTE);
  assert.equal(after("PageDown"), 10 * MINUTE);
  assert.equal(after("ArrowLeft", 10), 0);
  assert.deepEqual([after("Home"), after("End"), after("a")], [0, HOUR, null]);
});
