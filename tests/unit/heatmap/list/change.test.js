import assert from "node:assert/strict";
import { test } from "node:test";
import { changeOf } from "../../../../frontends/heatmap/static/list/change.js";
import { sparklineOf } from "../../../../frontends/heatmap/static/list/sparkline.js";

/** @type {[number, number | null, string, string][]} */
const CHANGES = [
  [150, 100, "+50 %", "more"],
  [100, 150, "−33 %", "less"],
  [105, 100, "+5 %", "same"],
  [100, 100, "± 0 %", "same"],
  [1200, 100, "× 12", "more"],
  [3, 0, "new", "same"],
  [30, 0, "new", "more"],
  [0, 30, "−100 %", "less"],
  [0, 0, "", "same"],
  [30, null, "–", "same"],
];

test("a change is told in percent, and marked where it is more than chance", () => {
  for (const [views, before, text, kind] of CHANGES) {
    const found = changeOf(views, before);
    assert.deepEqual([found.text, found.kind], [text, kind], `${before} → ${views}`);
  }
  assert.equal(
    changeOf(105, 100).meaning,
    "100 page views in the span before; no more than chance",
  );
});

test("a sparkline goes from the first value to the last, and up to the highest", () => {
  const { line, area } = sparklineOf([0, 4, 2], 100, 20);
  assert.equal(line, "M0 19L50 1L100 10");
  assert.equal(area, "M0 19L50 1L100 10V20H0z");
});

test("one value is a level line, no values are none, and nothing but zeros lies at the foot", () => {
  assert.equal(sparklineOf([3], 100, 20).line, "M0 1L100 1");
  assert.deepEqual(sparklineOf([], 100, 20), { line: "", area: "" });
  assert.equal(sparklineOf([0, 0], 100, 20).line, "M0 19L100 19");
});
