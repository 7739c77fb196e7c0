import assert from "node:assert/strict";
import { test } from "node:test";
import "./utc.js";
import { rangeOf } from "../../../../frontends/heatmap/static/time/ranges.js";
import {
  adviceOn,
  countText,
  emptyText,
  labelOf,
  unknownText,
} from "../../../../frontends/heatmap/static/time/said.js";
import {
  choosing,
  chosenOf,
  chosenText,
} from "../../../../frontends/heatmap/static/time/visitors.js";

const NOW = Date.UTC(2026, 10, 29, 20, 14);
const HOUR = 3_600_000;
const URL = "http://localhost:8005";

test("a range is called by its preset, else by its times", () => {
  assert.equal(labelOf(rangeOf("week", NOW), NOW), "7 days");
  assert.equal(labelOf(rangeOf("weekday", NOW), NOW), "Last Sunday");
  const own = { from: NOW - HOUR, to: NOW, open: false, preset: null };
  assert.equal(labelOf(own, NOW), "Sun 29 Nov, 19:14 to 20:14");
});

test("its page views are said with how exact they are, and of when if the ends were rounded", () => {
  const range = { from: NOW - HOUR, to: NOW, open: false, preset: null };
  const found = {
    views: 1234,
    exact: "to the minute",
    from: range.from,
    to: range.to,
    storedTo: range.to,
  };
  assert.equal(countText(found, range, NOW), "1,234 page views, exact to the minute");
  const wide = {
    views: 1,
    exact: "to the hour",
    from: NOW - HOUR - 14 * 60_000,
    to: NOW + 46 * 60_000,
    storedTo: NOW - 60_000,
  };
  assert.equal(
    countText(wide, range, NOW),
    "1 page view, exact to the hour: Sun 29 Nov, 19:00 to 21:00",
  );
});

test("where the history is behind, it is said until when the range is complete", () => {
  const range = { from: NOW - HOUR, to: NOW, open: true, preset: null };
  const found = { views: 2, exact: "to the minute", from: range.from, to: NOW };
  const said = (/** @type {number | null} */ storedTo) =>
    countText({ ...found, storedTo }, range, NOW).replace(/^.*to the minute/, "");
  assert.equal(said(NOW - 60_000), "");
  assert.equal(said(NOW - HOUR / 2), ", complete until Sun 29 Nov, 19:44: the history is behind");
  assert.equal(said(null), ", not complete yet");
});

test("without an answer, what blocks it is named, else how to get the history", () => {
  const away = { trouble: /** @type {const} */ ("away"), text: "" };
  assert.match(
    adviceOn(away, URL, null),
    /No answer.*localhost:8005.*pip install 'pageheat\[history\]'/,
  );
  assert.match(adviceOn(away, URL, "policy"), /connect-src should allow http:\/\/localhost:8005/);
  assert.match(adviceOn(away, URL, "insecure"), /HISTORY_URL/);
  assert.match(adviceOn(away, "", null), /data-history/);
  assert.equal(adviceOn({ trouble: "busy", text: "ask for less" }, URL, null), "ask for less");
});

test("an empty range says since when the history collects", () => {
  const range = { from: NOW - HOUR, to: NOW, open: false, preset: null };
  assert.match(emptyText(range, null, false, NOW), /collects from now on/);
  assert.match(emptyText(range, NOW, false, NOW), /Nothing was collected then.*Sun 29 Nov, 20:14/);
  assert.match(emptyText(range, NOW - 2 * HOUR, false, NOW), /of this page.*Sun 29 Nov, 18:14/);
  assert.match(emptyText(range, NOW - 2 * HOUR, true, NOW), /these visitors/);
});

test("the part of a range that is not known is said", () => {
  const range = { from: NOW - HOUR, to: NOW, open: false, preset: null };
  assert.equal(unknownText(range, []), "");
  const gaps = /** @type {[number, number][]} */ ([
    [NOW - 5 * HOUR, NOW - HOUR + 60_000],
    [NOW - 600_000, NOW],
  ]);
  assert.equal(unknownText(range, gaps), "nothing is known of 11 minutes of it");
});

test("visitors are chosen by several attributes at once, and by having none", () => {
  const chosen = choosing(choosing({ band: "phone" }, "referrer", ""), "campaign", "spring");
  assert.deepEqual(chosenOf(chosen), ["band", "referrer", "campaign"]);
  assert.equal(chosenText(chosen), "phone, direct, spring");
  assert.deepEqual(choosing(chosen, "band", undefined), { referrer: "", campaign: "spring" });
  assert.equal(chosenText({ segment: "" }), "no segment");
});
