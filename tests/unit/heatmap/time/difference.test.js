import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changesOf,
  changeText,
  colourOf,
  differenceOf,
  sharesText,
  sideOf,
  summaryOf,
} from "../../../../frontends/heatmap/static/time/difference.js";

const of = (/** @type {number | string} */ place, before, after, z, differs) => ({
  place,
  before,
  after,
  z,
  rate: z === null ? null : 0.01,
  differs,
});

const ANSWER = {
  before: { from: 0, to: 60_000, exact: "to the minute", views: 200 },
  after: { from: 60_000, to: 120_000, exact: "to the minute", views: 100 },
  "grid-size": 50,
  row: 20,
  cells: [
    of(51, 0.1, 0.3, 4, true),
    of(52, 0.4, 0.3, -3, true),
    of(53, 0.2, 0.21, 0.1, false),
    of(54, 0, 0.01, null, false),
  ],
  elements: [
    of("#buy", 0.08, 0.12, 2.8, true),
    of("#more", 0.2, 0, -5, true),
    of("#rare", 0.01, 0, null, false),
  ],
};
const DIFFERENCE = differenceOf(ANSWER);

test("a place has more, less, no more than chance, or too few page views to say", () => {
  assert.deepEqual(
    [...DIFFERENCE.cells.values()].map(({ kind }) => kind),
    ["more", "less", "same", "few"],
  );
});

test("the largest change has the strongest colour; what is by chance is faint, and what is too few has none", () => {
  const [more, less, same, few] = [...DIFFERENCE.cells.values()].map((it) => colourOf(it, 0.2));
  assert.equal(more, "rgb(230 97 1 / 0.650)");
  assert.equal(less, "rgb(33 102 172 / 0.450)");
  assert.equal(same, "rgb(128 128 128 / 0.13)");
  assert.equal(few, null);
  assert.equal(DIFFERENCE.most, 0.2);
});

test("an element's label is on the side of it that is away from the page's edge", () => {
  assert.equal(sideOf({ left: 10, width: 80 }, 400), "left");
  assert.equal(sideOf({ left: 300, width: 90 }, 400), "right");
  assert.equal(sideOf({ left: 10, width: 380 }, 400), "middle");
});

test("an element has both shares and the change in points", () => {
  const changes = changesOf(DIFFERENCE, { before: "gone", after: "new" });
  assert.deepEqual(changes.get("#buy"), {
    shares: "8 % → 12 %",
    change: "+4 points",
    only: "",
    isSaid: true,
  });
  assert.deepEqual(changes.get("#more"), {
    shares: "20 % → 0 %",
    change: "−20 points",
    only: "gone",
    isSaid: true,
  });
  assert.deepEqual(changes.get("#rare"), {
    shares: "1 % → 0 %",
    change: "too few page views to say",
    only: "",
    isSaid: false,
  });
});

test("an element is new or gone if that is more than chance", () => {
  const only = { before: "only phone", after: "only wide" };
  const said = (/** @type {any} */ change) =>
    changesOf({ ...DIFFERENCE, elements: new Map([["#it", change]]) }, only).get("#it")?.only;
  assert.equal(said({ before: 0, after: 0.2, kind: "more" }), "only wide");
  assert.equal(said({ before: 0.2, after: 0, kind: "less" }), "only phone");
  assert.equal(said({ before: 0, after: 0.01, kind: "same" }), "");
  assert.equal(said({ before: 0.1, after: 0.2, kind: "more" }), "");
});

test("what is no more than chance is said so", () => {
  const same = { before: 0.2, after: 0.21, kind: /** @type {const} */ ("same") };
  assert.equal(sharesText(same), "20 % → 21 %");
  assert.equal(changeText(same), "no more than chance");
});

test("the summary counts what changed, and what has too few page views", () => {
  assert.equal(
    summaryOf(DIFFERENCE, "cells"),
    "2 places changed by more than chance. 1 has too few page views to say.",
  );
  const none = { ...DIFFERENCE, elements: new Map() };
  assert.equal(summaryOf(none, "elements"), "No elements to compare.");
});
