import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../../../frontends/heatmap/static/view/turns.js";

test("of layers that are to be drawn in a frame one is, and the other in the next", () => {
  const turns = new Turns();
  assert.deepEqual([turns.take(0), turns.take(0)], [true, false]);
  assert.deepEqual([turns.take(16.7), turns.take(16.7)], [true, false]);
});
