import assert from "node:assert/strict";
import { test } from "node:test";
import { isOfGroup } from "../../../frontends/heatmap/static/core/page-pattern.js";

/** @type {[string, string, boolean][]} the same cases as the history's */
const CASES = [
  ["/product/lamp", "/product/*", true],
  ["/product/lamp", "/product/:id", true],
  ["/product/lamp/reviews", "/product/*", false],
  ["/product/lamp/reviews", "/product/**", true],
  ["/product/", "/product/*", false],
  ["/product/lamp?id=1", "/product/*", false],
  ["/a.b/é", "/a.b/*", true],
  ["/axb/é", "/a.b/*", false],
  ["//blog/2026/first", "//blog/*/first", true],
  ["/lamp", "", false],
];

test("a page belongs to a group by its path's parts", () => {
  for (const [page, pattern, isOf] of CASES) {
    assert.equal(isOfGroup(page, pattern), isOf, `${page} in ${pattern}`);
  }
});
