import assert from "node:assert/strict";
import { test } from "node:test";
import { planOf, rankedBy } from "../../../frontends/heatmap/static/core/plan.js";

/** Each row: layer, kind of clicks, smooth, breakdown there; tiles of the grid, mark on elements, rows across. */
const plans = [
  ["both", "clicks", true, true, ["moves"], "clicks"],
  ["both", "clicks", true, false, ["moves", "clicks"], null],
  ["both", "clicks", false, true, ["moves", "clicks"], null],
  ["clicks", "clicks", true, true, [], "clicks"],
  ["clicks", "clicks", true, false, ["clicks"], null],
  ["clicks", "rage", false, true, [], "rage"],
  ["both", "dead", false, true, ["moves"], "dead"],
  ["moves", "rage", true, true, ["moves"], null],
  ["dwell", "rage", false, true, [], "dwell"],
  ["attention", "rage", true, true, [], null, "attention"],
  ["scroll", "clicks", false, false, [], null, "scroll"],
];

for (const [layer, kind, smooth, hasBreakdown, tiles, mark, rows = null] of /** @type {any[]} */ (
  plans
)) {
  const look = smooth ? "smooth" : "in tiles";
  const known = hasBreakdown ? "with" : "without";
  test(`${layer}, ${kind}, ${look}, ${known} a breakdown: ${tiles} on the grid, ${mark} on elements, ${rows} in rows`, () => {
    assert.deepEqual(planOf({ layer, kind, smooth }, hasBreakdown), { tiles, mark, rows });
  });
}

for (const [layer, kind, expected] of /** @type {any[]} */ ([
  ["both", "clicks", "clicks"],
  ["clicks", "dead", "dead"],
  ["moves", "rage", "clicks"],
  ["dwell", "rage", "dwell"],
  ["attention", "rage", "clicks"],
  ["scroll", "dead", "clicks"],
])) {
  test(`${layer} with ${kind}: elements are ranked by ${expected}`, () => {
    assert.equal(rankedBy({ layer, kind }), expected);
  });
}
