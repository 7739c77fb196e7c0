import assert from "node:assert/strict";
import { test } from "node:test";
import "./berlin.js";
import {
  formatRange,
  inputValue,
  ticksOf,
  timeOfInput,
} from "../../../../frontends/heatmap/static/time/times.js";

const at = (/** @type {string} */ text) => new Date(text).getTime();
const NOW = at("2026-11-29T20:14");

/** @type {[from: string, to: string, text: string][]} */
const RANGES = [
  ["2026-11-28T00:00", "2026-11-29T00:00", "Sat 28 Nov"],
  ["2026-11-22T00:00", "2026-11-29T00:00", "22 Nov to 28 Nov"],
  ["2026-11-28T13:05", "2026-11-28T14:05", "Sat 28 Nov, 13:05 to 14:05"],
  ["2026-11-28T13:05", "2026-11-29T00:00", "Sat 28 Nov, 13:05 to 24:00"],
  ["2026-11-27T13:05", "2026-11-28T14:05", "Fri 27 Nov, 13:05 to Sat 28 Nov, 14:05"],
  ["2025-12-31T00:00", "2026-01-01T00:00", "31 Dec 2025"],
];

for (const [from, to, text] of RANGES) {
  test(`${from} to ${to} is written as ${text}`, () =>
    assert.equal(formatRange({ from: at(from), to: at(to) }, NOW), text));
}

test("a range that goes on ends now", () => {
  assert.equal(
    formatRange({ from: at("2026-11-29T19:14"), to: NOW, open: true }, NOW),
    "19:14 to now",
  );
  assert.equal(
    formatRange({ from: at("2026-11-23T00:00"), to: NOW, open: true }, NOW),
    "Mon 23 Nov to now",
  );
});

test("ticks are at round local times, as many as there is room for", () => {
  const texts = (
    /** @type {string} */ from,
    /** @type {string} */ to,
    /** @type {number} */ most,
  ) => ticksOf({ from: at(from), to: at(to) }, most).map(({ text }) => text);
  assert.deepEqual(texts("2026-11-29T08:50", "2026-11-29T12:10", 4), [
    "09:00",
    "10:00",
    "11:00",
    "12:00",
  ]);
  assert.deepEqual(texts("2026-11-28T10:00", "2026-11-29T13:00", 5), [
    "12:00",
    "18:00",
    "29 Nov",
    "06:00",
    "12:00",
  ]);
  assert.deepEqual(texts("2026-10-23T10:00", "2026-10-27T13:00", 5), [
    "24 Oct",
    "25 Oct",
    "26 Oct",
    "27 Oct",
  ]);
});

test("an input's value is the minute in the analyst's zone, and back", () => {
  assert.equal(inputValue(NOW), "2026-11-29T20:14");
  assert.equal(timeOfInput("2026-11-29T20:14"), NOW);
  assert.ok(Number.isNaN(timeOfInput("")));
});
