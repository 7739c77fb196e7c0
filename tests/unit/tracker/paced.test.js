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

test("a turn that is due since turns are shorter is taken by the next call, also by one that can wait", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  t.mock.method(performance, "now", () => now);
  let acts = 0;
  let ms = 30_000;
  const call = paced(
    () => ms,
    () => acts++,
    60,
  );
  const after = (pause, canWait) => {
    now += pause;
    call(canWait);
    return acts;
  };
  assert.deepEqual([after(0), after(1_000), after(0, true)], [1, 1, 1]);
  ms = 250;
  assert.equal(after(0, true), 2);
  assert.deepEqual([after(240, true), after(0), after(309, true), after(1, true)], [2, 3, 3, 4]);
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
