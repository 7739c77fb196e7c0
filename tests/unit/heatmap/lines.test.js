import assert from "node:assert/strict";
import { test } from "node:test";
import { placed } from "../../../frontends/heatmap/static/core/lines.js";

/** Each row: where lines are, px; the places of their labels. */
const lines = [
  [[], []],
  [
    [100, 400, 900],
    [0, 0, 0],
  ],
  [
    [100, 100, 100],
    [0, 1, 2],
  ],
  [
    [100, 400, 410],
    [0, 0, 1],
  ],
  [
    [100, 120, 140],
    [0, 1, 0],
  ],
  [
    [900, 500, 120, 510],
    [0, 0, 0, 1],
  ],
];

for (const [ys, places] of lines) {
  test(`labels of lines at ${ys.join(", ") || "no place"} are beside each other where they would meet`, () => {
    assert.deepEqual(placed(ys), places);
  });
}
