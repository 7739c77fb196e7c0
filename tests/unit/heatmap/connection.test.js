import assert from "node:assert/strict";
import { test } from "node:test";
import {
  connect,
  describe,
  reduce,
  serviceTime,
  wakeAt,
} from "../../../frontends/heatmap/static/core/connection.js";
import { breakdown as breakdownOf } from "./breakdowns.js";
import { grid } from "./grids.js";

/** The services' clock when the test's is 0: nothing the browser could know. */
const SERVICE_MS = 1_800_000_000_000;

const warm = grid({ 1: { 1: 1 } });
const cooled = grid({}, { newest: null });
const breakdown = breakdownOf();

/** @param {"live" | "old"} state @param {number} now @param {number} behind ms that the page's step is behind */
const status = (state, now, behind = 0) => ({
  type: "received",
  now,
  message: { kind: "status", state, time: SERVICE_MS + now, end: SERVICE_MS + now - behind },
});
const received = (message, now) => ({ type: "received", now, message });
const opened = (now) => ({ type: "opened", now });
const closed = (now, chance = 0) => ({ type: "closed", now, chance });
const watch = (page, band = "") => ({ type: "watch", now: 5, page, band });
const tick = (now, chance = 0) => ({ type: "tick", now, chance });

/** The state after events from a connection begun at 0. @param {...any} events */
const after = (...events) => events.reduce(reduce, connect("/lamp", "", 0));

const condition = (state, now) => describe(state, now).condition;

/** Each row: what happened, when one looks, and what is seen then. */
const conditions = [
  ["just begun", [], 0, "connecting"],
  ["opened, nothing received", [opened(50)], 60, "connecting"],
  ["a live page with heat", [opened(50), status("live", 60), received(warm, 61)], 70, "live"],
  ["a status before the grid", [opened(50), status("live", 60)], 70, "connecting"],
  ["no grid comes", [opened(50), status("live", 60)], 560, "cold"],
  ["a page's last grid", [opened(50), received(cooled, 60), status("live", 61)], 70, "cold"],
  ["not counted", [opened(50), received(warm, 60), status("old", 61)], 70, "old"],
  ["a page without heat is not counted", [opened(50), status("old", 61)], 700, "old"],
  [
    "counted again",
    [opened(50), received(warm, 60), status("old", 61), status("live", 62)],
    70,
    "live",
  ],
  ["the line is lost", [opened(50), received(warm, 60), closed(70)], 80, "reconnecting"],
  ["no answer yet", [closed(70)], 80, "reconnecting"],
  ["back again", [opened(1), received(warm, 2), closed(3), tick(500), opened(510)], 511, "live"],
];

for (const [what, events, now, expected] of /** @type {any[]} */ (conditions)) {
  test(`${what}: ${expected}`, () => assert.equal(condition(after(...events), now), expected));
}

test("each wait is twice the one before, up to a bound", () => {
  let state = connect("/", "", 0);
  const waits = [];
  for (let failure = 0; failure < 7; failure++) {
    state = reduce(state, closed(0));
    waits.push(state.retryAt);
    state = reduce(state, tick(state.retryAt));
    assert.equal(state.phase, "connecting");
  }
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 4000, 4000]);
});

test("viewers that lost the same broadcaster come back at different times", () => {
  assert.deepEqual(
    [0, 0.5, 0.99].map((chance) => after(closed(0, chance)).retryAt),
    [250, 375, 497.5],
  );
});

test("before its time a retry is not made, and then with a new socket", () => {
  const waiting = after(closed(0));
  assert.equal(reduce(waiting, tick(249)), waiting);
  const again = reduce(waiting, tick(250));
  assert.deepEqual([again.phase, again.attempt], ["connecting", 2]);
});

test("a machine that is online again tries at once", () => {
  assert.equal(after(closed(0), { type: "retry", now: 1 }).phase, "connecting");
});

test("a message ends the series of failures", () => {
  const state = after(
    closed(0),
    tick(250),
    closed(251),
    tick(900),
    opened(901),
    status("live", 902),
  );
  assert.equal(state.failures, 0);
});

test("a line that is silent for five seconds is dead", () => {
  const state = after(opened(0), status("live", 1000));
  assert.equal(wakeAt(state), 6000);
  assert.equal(reduce(state, tick(5999)).phase, "open");
  assert.equal(reduce(state, tick(6000)).phase, "waiting");
});

test("a handshake without end is given up", () => {
  const state = connect("/", "", 0);
  assert.equal(reduce(state, tick(wakeAt(state))).phase, "waiting");
});

test("a socket closed after the wait began changes nothing", () => {
  const waiting = after(opened(0), tick(5000));
  assert.equal(waiting.phase, "waiting");
  assert.equal(reduce(waiting, closed(5001)), waiting);
});

test("while the line is lost the last grid stays", () => {
  assert.equal(after(opened(0), received(warm, 1), closed(2)).grid, warm);
});

test("a page that cooled while the line was lost is cold when it is back", () => {
  const back = after(
    opened(0),
    received(warm, 1),
    closed(2),
    tick(500),
    opened(510),
    status("live", 511),
  );
  assert.equal(back.grid, warm, "its grid may still come");
  const sure = reduce(back, status("live", 1511));
  assert.deepEqual([sure.grid, sure.breakdown], [null, null]);
  assert.equal(condition(sure, 1511), "cold");
});

test("a broadcaster that knows nothing yet doesn't take the last grid away", () => {
  const back = after(opened(0), received(warm, 1), closed(2), tick(500), opened(510));
  assert.equal(reduce(back, status("old", 1511)).grid, warm);
});

test("another page begins with nothing of the last, on a socket of its own", () => {
  const state = after(opened(0), received(warm, 1), watch("/chair"));
  assert.deepEqual(
    [state.page, state.phase, state.grid, state.attempt],
    ["/chair", "connecting", null, 2],
  );
});

test("watching the same page again changes nothing", () => {
  const state = after(opened(0), received(warm, 1));
  assert.equal(reduce(state, watch("/lamp")), state);
});

test("another band keeps what is known until more comes by a socket of its own", () => {
  const before = after(opened(0), received(warm, 1), received(breakdown, 2), status("live", 3));
  const state = reduce(before, watch("/lamp", "phone"));
  assert.deepEqual(
    [state.band, state.phase, state.attempt, state.grid, state.breakdown],
    ["phone", "connecting", 2, warm, breakdown],
  );
  assert.equal(reduce(state, watch("/lamp", "phone")), state);
});

test("a breakdown is kept with the grid and goes with the page's heat", () => {
  const state = after(opened(0), received(warm, 1), received(breakdown, 2));
  assert.deepEqual([state.grid, state.breakdown], [warm, breakdown]);
  assert.equal(reduce(state, received(warm, 3)).breakdown, breakdown);
  assert.equal(reduce(state, received(cooled, 3)).breakdown, null);
  assert.equal(reduce(state, watch("/chair")).breakdown, null);
});

test("old heat's age grows from the last step that was counted", () => {
  const state = after(opened(0), received(warm, 1), status("old", 1000, 12_000));
  assert.equal(describe(state, 1000).age, 12_000);
  assert.equal(describe(state, 1500).age, 12_500);
});

test("a lost line's age grows from the last message", () => {
  assert.equal(describe(after(opened(0), status("live", 1000), closed(4000)), 5000).age, 4000);
});

test("time is the services', whatever the browser's clock says", () => {
  const state = after(opened(0), status("live", 1000));
  assert.equal(serviceTime(state, 1250), SERVICE_MS + 1250);
  assert.equal(serviceTime(connect("/", "", 0), 99), null);
});

const refusal = (text, foreign = false) => received({ kind: "refusal", text, foreign }, 20);

test("a refused page shows nothing, and is retried only on request", () => {
  const state = after(opened(0), received(warm, 1), status("live", 2), refusal("no"), closed(30));
  assert.deepEqual([state.phase, state.grid, state.refusal], ["refused", null, "no"]);
  assert.equal(condition(state, 30), "refused");
  assert.equal(reduce(state, tick(10 ** 9)), state);
  const again = reduce(state, { type: "retry", now: 40 });
  assert.deepEqual([again.phase, again.attempt], ["connecting", 2]);
  assert.equal(condition(again, 41), "refused", "until it is known to be otherwise");
  assert.equal(condition([opened(45), status("live", 50)].reduce(reduce, again), 50), "connecting");
  assert.equal(condition(reduce(again, closed(50)), 50), "reconnecting");
});

test("a document of a foreign origin is told so, not asked for a token", () => {
  const state = after(opened(0), refusal("not here", true), closed(30));
  assert.deepEqual([state.phase, state.refusal], ["refused", "not here"]);
  assert.equal(condition(state, 30), "foreign");
});

test("another page may be one that may be looked at", () => {
  const state = after(opened(0), refusal("no"), watch("/chair"));
  assert.deepEqual([state.phase, state.refusal, state.attempt], ["connecting", null, 2]);
});
