import assert from "node:assert/strict";
import { test } from "node:test";
import "./berlin.js";
import {
  between,
  DAY,
  HOUR,
  isSame,
  MINUTE,
  midnight,
  rangeOf,
  renewed,
  spanBefore,
  weekBefore,
} from "../../../../frontends/heatmap/static/time/ranges.js";

const at = (/** @type {string} */ text) => new Date(text).getTime();
const NOW = at("2026-11-29T20:14:30");

/** @type {[preset: import("../../../../frontends/heatmap/static/time/ranges.js").Preset, from: string, to: string | null][]} */
const PRESETS = [
  ["hour", "2026-11-29T19:14", null],
  ["today", "2026-11-29T00:00", null],
  ["yesterday", "2026-11-28T00:00", "2026-11-29T00:00"],
  ["week", "2026-11-23T00:00", null],
  ["month", "2026-10-31T00:00", null],
  ["weekday", "2026-11-22T00:00", "2026-11-23T00:00"],
];

for (const [preset, from, to] of PRESETS) {
  test(`the preset ${preset} is from ${from} to ${to ?? "now"}`, () => {
    const range = rangeOf(preset, NOW);
    assert.deepEqual(range, { from: at(from), to: to ? at(to) : NOW, open: to === null, preset });
  });
}

test("a day on which clocks change is one day", () => {
  const monday = at("2026-03-30T12:00");
  assert.equal(rangeOf("yesterday", monday).to - rangeOf("yesterday", monday).from, 23 * HOUR);
  assert.equal(midnight(monday, -7), at("2026-03-23T00:00"));
  assert.equal(rangeOf("weekday", monday).from, at("2026-03-23T00:00"));
});

test("at midnight, today has its last minute before, so that it is a range", () => {
  const range = rangeOf("today", at("2026-11-29T00:00:10"));
  assert.ok(range.from < range.to);
});

test("an open preset goes on with now, another range stays", () => {
  const later = NOW + 5 * MINUTE;
  assert.equal(renewed(rangeOf("hour", NOW), later).from, at("2026-11-29T19:19"));
  assert.equal(renewed(rangeOf("hour", NOW), later).to, later);
  const own = { from: NOW - DAY, to: NOW, open: true, preset: null };
  assert.deepEqual(renewed(own, later), { ...own, to: later });
  const yesterday = rangeOf("yesterday", NOW);
  assert.equal(renewed(yesterday, later), yesterday);
});

test("two ends make a range of whole minutes in order, at least one, and none of it to come", () => {
  const minute = at("2026-11-29T20:14");
  assert.deepEqual(between(minute - 10 * MINUTE + 29_000, minute - 30 * MINUTE, NOW), {
    from: minute - 30 * MINUTE,
    to: minute - 10 * MINUTE,
    open: false,
    preset: null,
  });
  const none = between(minute - HOUR, minute - HOUR, NOW);
  assert.equal(none.to - none.from, MINUTE);
  const coming = between(NOW + HOUR, NOW + DAY, NOW);
  assert.deepEqual([coming.from, coming.to], [minute - MINUTE, minute]);
});

test("a range is compared with the one before it, or with a week before at the same times", () => {
  const range = {
    from: at("2026-10-26T10:00"),
    to: at("2026-10-26T12:00"),
    open: false,
    preset: null,
  };
  const before = spanBefore(range);
  assert.deepEqual([before.from, before.to], [at("2026-10-26T08:00"), at("2026-10-26T10:00")]);
  const week = weekBefore(range);
  assert.deepEqual([week.from, week.to], [at("2026-10-19T10:00"), at("2026-10-19T12:00")]);
});

test("ranges are the same if they mean the same", () => {
  const hour = rangeOf("hour", NOW);
  assert.ok(isSame(hour, { ...hour, to: NOW + 1 }));
  assert.ok(!isSame(hour, { ...hour, open: false }));
  assert.ok(!isSame(hour, null));
  assert.ok(isSame(null, null));
});
