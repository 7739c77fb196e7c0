import assert from "node:assert/strict";
import { test } from "node:test";
import { exactness } from "../../../frontends/heatmap/static/core/exactness.js";

test("the panel says to how many px places are exact", () => {
  const text = exactness({ size: 50, row: 40, looks: { row: 80 } }, { spots: 32, spotPx: 16 });
  assert.match(text, /on their elements, to 16 px/);
  assert.match(text, /rows of 40 px and 50 columns/);
  assert.match(text, /scroll: in rows of 80 px/);
  assert.match(exactness(null, undefined), /to 8 px.* rows of 20 px/);
});
