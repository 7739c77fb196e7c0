import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatAge,
  formatAmount,
  formatCount,
  formatShare,
  formatSpan,
  formatUnit,
} from "../../../frontends/heatmap/static/core/format.js";

const tests = [
  [formatCount, 0, "0"],
  [formatCount, 52_354, "52,354"],
  [formatCount, 1_250_000, "1.3M"],
  [formatSpan, 999, "0 s"],
  [formatSpan, 59_999, "59 s"],
  [formatSpan, 60_000, "1 min"],
  [formatSpan, 7_200_000, "2 h"],
  [formatSpan, -50, "0 s"],
  [formatAge, 400, "now"],
  [formatAge, -400, "now"],
  [formatAge, 4000, "4 s ago"],
];

for (const [format, value, text] of /** @type {[Function, number, string][]} */ (tests)) {
  test(`${format.name} of ${value} is “${text}”`, () => assert.equal(format(value), text));
}

test("one is not many", () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => formatUnit(count, "click")),
    ["0 clicks", "1 click", "2 clicks"],
  );
});

test("an amount says of what", () => {
  assert.equal(formatAmount(1, "rage"), "1 rage click");
  assert.equal(formatAmount(1200, "dead"), "1,200 dead clicks");
  assert.equal(formatAmount(12, "dwell"), "12 s");
});

test("a share is whole percents, and below one it says so", () => {
  assert.deepEqual([0, 0.004, 0.38, 1].map(formatShare), ["0 %", "< 1 %", "38 %", "100 %"]);
});
