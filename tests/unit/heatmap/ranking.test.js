import assert from "node:assert/strict";
import { test } from "node:test";
import { elementsOf } from "../../../frontends/heatmap/static/core/breakdown.js";
import { EMPTY, REORDER_MS, rank } from "../../../frontends/heatmap/static/core/ranking.js";
import { band, breakdown, element } from "./breakdowns.js";

/** Elements with so many clicks. @param {Record<string, number>} clicks */
const clicked = (clicks) =>
  elementsOf(
    breakdown(
      band(
        "phone",
        Object.entries(clicks).map(([selector, count]) =>
          element(selector, { clicks: { 1: { 1: count } }, rage: { 1: { 1: 100 - count } } }),
        ),
      ),
    ),
    "",
  );

const places = (ranking) => ranking.rows.map((row) => row.selector).join(" ");

const AFTER = REORDER_MS;
const first = rank(EMPTY, clicked({ "#a": 10, "#b": 30 }), "clicks", 0, false);

test("most clicked is above, with its share of the page's clicks and its rage", () => {
  assert.deepEqual(first.rows, [
    { selector: "#b", count: 30, share: 0.75, rage: 70, dead: 0 },
    { selector: "#a", count: 10, share: 0.25, rage: 90, dead: 0 },
  ]);
});

test("counts follow at once, places after a while", () => {
  const more = clicked({ "#a": 60, "#b": 30 });
  const next = rank(first, more, "clicks", AFTER - 1, false);
  assert.deepEqual([places(next), next.rows[1].count], ["#b #a", 60]);
  assert.equal(places(rank(next, more, "clicks", AFTER, false)), "#a #b");
});

test("nothing changes places while the reader holds the list, and what is new waits at the end", () => {
  const more = clicked({ "#a": 60, "#b": 30, "#c": 90 });
  const held = rank(first, more, "clicks", 10 * AFTER, true);
  assert.equal(places(held), "#b #a #c");
  assert.equal(places(rank(held, more, "clicks", 10 * AFTER, false)), "#c #a #b");
});

test("an element of which nothing is left stays at 0 until places may change", () => {
  const next = rank(first, clicked({ "#a": 10 }), "clicks", 1000, false);
  assert.deepEqual([places(next), next.rows[0].count], ["#b #a", 0]);
  assert.equal(places(rank(next, clicked({ "#a": 10 }), "clicks", AFTER, false)), "#a");
});

test("another kind orders anew at once, even under the pointer", () => {
  const raged = rank(first, clicked({ "#a": 10, "#b": 30 }), "rage", 1, true);
  assert.equal(places(raged), "#a #b");
});

test("the first elements to come need not wait for their order", () => {
  const empty = rank(EMPTY, [], "clicks", 5000, false);
  assert.equal(places(rank(empty, clicked({ "#a": 1, "#b": 2 }), "clicks", 5001, false)), "#b #a");
});

test("of equals the order is always the same", () => {
  const one = rank(EMPTY, clicked({ "#a": 1, "#b": 1 }), "clicks", 0, false);
  const other = rank(EMPTY, clicked({ "#b": 1, "#a": 1 }), "clicks", 0, false);
  assert.equal(places(one), places(other));
});
