import assert from "node:assert/strict";
import { test } from "node:test";
import "./berlin.js";
import { DAY, HOUR, MINUTE } from "../../../../frontends/heatmap/static/time/ranges.js";
import {
  dragged,
  moved,
  pointed,
  pressed,
  turned,
  windowFor,
  zoomed,
} from "../../../../frontends/heatmap/static/time/window.js";

const at = (/** @type {string} */ text) => new Date(text).getTime();
const NOW = at("2026-11-29T20:00");
const range = (/** @type {number} */ from, /** @type {number} */ to, open = false) => ({
  from,
  to,
  open,
  preset: null,
});
const ENDS = range(NOW - 2 * HOUR, NOW - HOUR);

test("a window shows its range with what is around it, and nothing to come", () => {
  for (const length of [MINUTE, HOUR, 5 * HOUR, DAY, 30 * DAY, 300 * DAY]) {
    const shown = windowFor(range(NOW - length - DAY, NOW - DAY), NOW);
    assert.ok(shown.from < NOW - length - DAY && shown.to > NOW - DAY && shown.to <= NOW);
    assert.ok((shown.to - shown.from) * 0.76 >= length);
  }
  const open = windowFor(range(NOW - HOUR, NOW, true), NOW);
  assert.deepEqual(open, { from: NOW - 3 * HOUR, to: NOW });
});

test("it is zoomed and moved up to now", () => {
  const shown = { from: NOW - 12 * HOUR, to: NOW };
  assert.deepEqual(zoomed(shown, -1, NOW, 1), { from: NOW - 3 * HOUR, to: NOW });
  assert.deepEqual(zoomed(shown, 1, NOW, 0), { from: NOW - 2 * DAY, to: NOW });
  assert.deepEqual(zoomed(zoomed(shown, -1, NOW), -1, NOW), zoomed(shown, -1, NOW));
  assert.deepEqual(moved(shown, -0.5, NOW), { from: NOW - 18 * HOUR, to: NOW - 6 * HOUR });
  assert.deepEqual(moved(shown, 0.5, NOW), shown);
});

test("zoomed near, it has all of a range that has room there", () => {
  const yesterday = range(NOW - 44 * HOUR, NOW - 20 * HOUR);
  const shown = { from: NOW - 8 * DAY, to: NOW };
  assert.deepEqual(turned(shown, "nearer", yesterday, NOW), {
    from: NOW - 68 * HOUR,
    to: NOW - 20 * HOUR,
  });
  const week = range(NOW - 7 * DAY, NOW);
  const near = turned(shown, "nearer", week, NOW);
  assert.equal(near.to - near.from, 2 * DAY);
});

test("a pointer chooses minutes where each has a px, else round times", () => {
  assert.equal(pointed({ from: NOW - 3 * HOUR, to: NOW }, 7, 1000), NOW - 3 * HOUR + MINUTE);
  const days = pointed({ from: NOW - 35 * DAY, to: NOW }, 501, 1000);
  assert.equal(new Date(days).getMinutes(), 0);
  assert.equal(pointed({ from: NOW - DAY, to: NOW }, -20, 1000), NOW - DAY);
});

test("a drag makes a new range either way, moves an end, or the whole", () => {
  const hold = { at: NOW - 3 * HOUR, range: null };
  const back = dragged({ ...hold, grip: "new" }, NOW - 4 * HOUR, NOW);
  assert.deepEqual([back.from, back.to], [NOW - 4 * HOUR, NOW - 3 * HOUR]);
  const from = dragged({ grip: "from", at: ENDS.from, range: ENDS }, NOW - 5 * HOUR, NOW);
  assert.deepEqual([from.from, from.to], [NOW - 5 * HOUR, ENDS.to]);
  const whole = dragged(
    { grip: "move", at: NOW - 90 * MINUTE, range: ENDS },
    NOW - 30 * MINUTE,
    NOW,
  );
  assert.deepEqual([whole.from, whole.to], [NOW - HOUR, NOW]);
});

test("moved beyond now, a range keeps its length", () => {
  const whole = dragged({ grip: "move", at: ENDS.from, range: ENDS }, NOW + DAY, NOW);
  assert.deepEqual([whole.from, whole.to], [NOW - HOUR, NOW]);
});

test("the begin of an open range is moved, and it stays open", () => {
  const open = range(NOW - HOUR, NOW, true);
  const longer = dragged({ grip: "from", at: open.from, range: open }, NOW - 2 * HOUR, NOW);
  assert.deepEqual([longer.from, longer.to, longer.open], [NOW - 2 * HOUR, NOW, true]);
});

const WINDOW = { from: NOW - 12 * HOUR, to: NOW };

/** @type {[grip: "from" | "to" | "move", key: string, shiftKey: boolean, from: number, to: number][]} minutes by which the ends move */
const PRESSES = [
  ["from", "ArrowLeft", false, -1, 0],
  ["from", "ArrowRight", true, 59, 0],
  ["from", "PageDown", false, -1440, 0],
  ["from", "Home", false, -600, 0],
  ["to", "ArrowUp", false, 0, 1],
  ["to", "ArrowDown", true, 0, -59],
  ["to", "End", false, 0, 60],
  ["move", "ArrowLeft", false, -1, -1],
  ["move", "PageUp", false, 60, 60],
  ["move", "PageDown", false, -60, -60],
  ["move", "Home", false, -600, -600],
];

for (const [grip, key, shiftKey, from, to] of PRESSES) {
  test(`${shiftKey ? "Shift and " : ""}${key} on ${grip} moves the ends by ${from} and ${to} minutes`, () => {
    const next = pressed(grip, ENDS, { key, shiftKey }, WINDOW, NOW);
    assert.deepEqual([next?.from, next?.to], [ENDS.from + from * MINUTE, ENDS.to + to * MINUTE]);
  });
}

test("other keys do nothing", () =>
  assert.equal(pressed("from", ENDS, { key: "a", shiftKey: false }, WINDOW, NOW), null));
