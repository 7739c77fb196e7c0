import assert from "node:assert/strict";
import { test } from "node:test";
import "../time/utc.js";
import {
  choiceOf,
  fragmentOf,
  groupsOf,
  LIVE,
} from "../../../../frontends/heatmap/static/list/choice.js";
import { rangeOf } from "../../../../frontends/heatmap/static/time/ranges.js";

const NOW = Date.UTC(2026, 10, 29, 20, 14);

/** @type {import("../../../../frontends/heatmap/static/list/choice.js").Choice} */
const CHOICE = {
  range: { from: NOW - 7_200_000, to: NOW - 3_600_000, open: false, preset: null },
  search: "lamp & é",
  sort: "change",
  reversed: true,
  groups: ["/product/*", "//blog/:year/**"],
};

test("the address holds range, search, order and groups", () => {
  assert.deepEqual(choiceOf(fragmentOf(CHOICE), NOW), CHOICE);
  assert.match(fragmentOf(CHOICE), /^#pages&from=2026-11-29T18:14Z&to=2026-11-29T19:14Z&/);
});

test("what is warm now needs no fragment", () => {
  assert.equal(fragmentOf({ ...LIVE, groups: ["/product/*"] }), "");
  for (const hash of ["", "#pages", "#pages&from=x&to=y", "#part&range=week"]) {
    assert.equal(choiceOf(hash, NOW), null);
  }
});

test("a preset stays one in the address, and a link has its times", () => {
  const week = { ...LIVE, range: rangeOf("week", NOW) };
  assert.equal(fragmentOf(week), "#pages&range=week");
  assert.deepEqual(choiceOf(fragmentOf(week), NOW), week);
  assert.equal(fragmentOf(week, true), "#pages&from=2026-11-23T00:00Z&to=2026-11-29T20:14Z");
});

test("only patterns are groups, each once, and as many as one question takes", () => {
  assert.deepEqual(groupsOf(["/product/*", "/lamp", "/product/*", 7, "/a/:id"]), [
    "/product/*",
    "/a/:id",
  ]);
  assert.equal(groupsOf(Array.from({ length: 30 }, (_, i) => `/${i}/*`)).length, 20);
  assert.deepEqual(groupsOf({ pattern: "/product/*" }), []);
});
