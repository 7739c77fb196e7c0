import assert from "node:assert/strict";
import { test } from "node:test";
import { paced } from "../../../frontends/tracker/paced.js";
import { quietly } from "../../../frontends/tracker/quietly.js";

test("what fails returns nothing, what doesn't is as it was", () => {
  const half = quietly((number) => {
    if (number % 2) throw new RangeError("odd");
    return number / 2;
  });
  assert.deepEqual([half(4), half(3)], [2, undefined]);
});

test("a row of calls acts at once, then once a turn, and after the last call", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let acts = 0;
  const call = paced(
    () => 100,
    () => acts++,
  );
  const seen = [];
  for (const calls of [3, 2, 0, 0, 1]) {
    for (let n = 0; n < calls; n++) call();
    seen.push(acts);
    t.mock.timers.tick(100);
  }
  assert.deepEqual(seen, [1, 2, 3, 3, 4]);
});
