import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CLEARLY_NEWER_MS,
  isOrder,
  settle,
  sorted,
} from "../../../frontends/heatmap/static/core/page-order.js";

const NOW = 1_000_000;
const a = { page: "/a/10", visitors: 3, moves: 100, clicks: 1, newest: NOW };
const b = { page: "/a/9", visitors: 1, moves: 99, clicks: 90, newest: NOW - CLEARLY_NEWER_MS };
const c = { page: "/A", visitors: 2, moves: 300, clicks: 0, newest: null };

/** @param {object[]} rows */
const names = (rows) => rows.map((row) => "abc"[[a, b, c].indexOf(row)]).join("");

for (const [order, exact] of Object.entries({
  warmth: "cba",
  visitors: "acb",
  moves: "cab",
  clicks: "bac",
  newest: "abc",
  name: "cba",
})) {
  test(`the order by ${order} is exact`, () => {
    assert.ok(isOrder(order));
    assert.equal(names(sorted([b, c, a], order)), exact);
  });
}

test("a row settles above rows that it clearly beats alone", () => {
  assert.equal(names(settle([b, a, c], "moves")), "cba");
  assert.equal(names(settle([b, a], "newest")), "ba");
  const newer = { ...a, newest: NOW + 1 };
  assert.equal(settle([b, newer], "newest")[0], newer);
});

test("by name every row has its place", () => {
  assert.equal(names(settle([a, b, c], "name")), "cba");
});

test("what is no order is recognised", () => {
  for (const other of ["", "toString", 1, null, undefined]) assert.equal(isOrder(other), false);
});
