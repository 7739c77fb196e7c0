/**
 * The connection to the broadcaster as a state machine: events and times in, states out. No I/O.
 *
 * Times are ms of a monotonic clock, except the services' time in a status. The driver (view/watch.js)
 * keeps a socket open while the phase is "connecting" or "open", opens a new one for each `attempt`, and
 * sends a tick at `wakeAt`.
 *
 * @typedef {import("./grid.js").Grid} Grid
 * @typedef {import("./breakdown.js").Breakdown} Breakdown
 * @typedef {import("./message.js").Status} Status
 * @typedef {import("./message.js").Message} Message
 * @typedef {{
 *   page: string,
 *   band: string,
 *   phase: "connecting" | "open" | "waiting" | "refused",
 *   attempt: number,
 *   failures: number,
 *   since: number,
 *   retryAt: number,
 *   receivedAt: number | null,
 *   grid: Grid | null,
 *   gridAttempt: number,
 *   breakdown: Breakdown | null,
 *   status: Status | null,
 *   statusAt: number,
 *   refusal: string | null,
 *   foreign: boolean,
 * }} Connection
 *   `band`: whose tiles are requested, "" for none; `attempt`: number of the socket; `failures`: in a row;
 *   `since`: start of the phase; `gridAttempt`: the grid's socket; `refusal`: why access is refused;
 *   `foreign`: because of the document's origin.
 * @typedef {{ type: "opened", now: number }
 *   | { type: "received", now: number, message: Message }
 *   | { type: "closed", now: number, chance: number }
 *   | { type: "tick", now: number, chance: number }
 *   | { type: "retry", now: number }
 *   | { type: "watch", now: number, page: string, band: string }} ConnectionEvent
 *   `chance` is a random number in [0, 1).
 * @typedef {"connecting" | "live" | "cold" | "old" | "away" | "reconnecting" | "refused" | "foreign"} Condition
 */

import { isEmpty } from "./grid.js";

/** The first wait before a retry, doubled at each failure, ms. */
const RETRY_MS = 500;

/** The longest wait, ms: short, to find a restarted broadcaster soon. */
const MAX_RETRY_MS = 8000;

/** The broadcaster sends every second; after this much silence, ms, the connection is dead. */
const SILENT_MS = 5000;

/** Time limit of the handshake, ms. */
const HANDSHAKE_MS = 10_000;

/** A warm page's grid arrives at once; if none does within this time, ms, the page is cold. */
const AT_ONCE_MS = 500;

/**
 * @param {string} page
 * @param {string} band
 * @param {number} now
 * @returns {Connection}
 */
export function connect(page, band, now) {
  return {
    page,
    band,
    phase: "connecting",
    attempt: 1,
    failures: 0,
    since: now,
    retryAt: 0,
    receivedAt: null,
    grid: null,
    gridAttempt: 0,
    breakdown: null,
    status: null,
    statusAt: 0,
    refusal: null,
    foreign: false,
  };
}

/**
 * @param {Connection} state
 * @param {ConnectionEvent} event
 * @returns {Connection}
 */
export function reduce(state, event) {
  const { now } = event;
  switch (event.type) {
    case "opened":
      return { ...state, phase: "open", since: now, receivedAt: now };
    case "received":
      return received({ ...state, failures: 0, receivedAt: now }, event.message, now);
    case "closed":
      return isIdle(state) ? state : wait(state, now, event.chance);
    case "tick":
      if (now < wakeAt(state)) return state;
      return state.phase === "waiting" ? reconnect(state, now) : wait(state, now, event.chance);
    case "retry":
      return isIdle(state) ? reconnect(state, now) : state;
    case "watch":
      return watch(state, event.page, event.band, now);
  }
}

/**
 * The time of the next tick.
 *
 * @param {Connection} state
 */
export function wakeAt(state) {
  if (state.phase === "refused") return Number.POSITIVE_INFINITY;
  if (state.phase === "waiting") return state.retryAt;
  if (state.phase === "connecting") return state.since + HANDSHAKE_MS;
  return (state.receivedAt ?? state.since) + SILENT_MS;
}

/**
 * The state to show the reader, and the age, ms, of stale heat.
 *
 * @param {Connection} state
 * @param {number} now
 * @returns {{ condition: Condition, age: number }}
 */
export function describe(state, now) {
  if (state.refusal !== null) return { condition: state.foreign ? "foreign" : "refused", age: 0 };
  if (state.phase !== "open") {
    const before = state.receivedAt !== null || state.failures > 0;
    return {
      condition: before ? "reconnecting" : "connecting",
      age: now - (state.receivedAt ?? now),
    };
  }
  if (!state.status && !state.grid) return { condition: "connecting", age: 0 };
  if (state.status && state.status.state !== "live") {
    const { state: condition, time, end } = state.status;
    return { condition, age: end === null ? 0 : time - end + now - state.statusAt };
  }
  if (state.grid) return { condition: isEmpty(state.grid) ? "cold" : "live", age: 0 };
  return { condition: now - state.since < AT_ONCE_MS ? "connecting" : "cold", age: 0 };
}

/**
 * The services' time, ms since the epoch, or null before a status. The browser's own clock may be wrong.
 *
 * @param {Connection} state
 * @param {number} now
 */
export function serviceTime(state, now) {
  return state.status && state.status.time + now - state.statusAt;
}

/**
 * A new page starts empty; a new band of the same page keeps the current data until more arrives.
 *
 * @param {Connection} state
 * @param {string} page
 * @param {string} band
 * @param {number} now
 * @returns {Connection}
 */
function watch(state, page, band, now) {
  if (page === state.page && band === state.band) return state;
  const fresh = { ...connect(page, band, now), attempt: state.attempt + 1 };
  if (page !== state.page) return fresh;
  const { grid, gridAttempt, breakdown, status, statusAt, receivedAt } = state;
  return { ...fresh, grid, gridAttempt, breakdown, status, statusAt, receivedAt };
}

/** @param {Connection} state @param {Message} message @param {number} now @returns {Connection} */
function received(state, message, now) {
  switch (message.kind) {
    case "refusal": {
      // Access is refused: discard what was received before.
      const { page, band, attempt } = state;
      const { text: refusal, foreign } = message;
      return { ...connect(page, band, now), phase: "refused", attempt, refusal, foreign };
    }
    case "grid": {
      const breakdown = isEmpty(message) ? null : state.breakdown;
      return { ...state, grid: message, gridAttempt: state.attempt, breakdown, refusal: null };
    }
    case "breakdown":
      return { ...state, breakdown: message };
    case "status": {
      // The page may have cooled while disconnected: the broadcaster sends no grid for a cold page.
      const cooled =
        message.state === "live" &&
        state.gridAttempt !== state.attempt &&
        now - state.since >= AT_ONCE_MS;
      const updated = { ...state, status: message, statusAt: now, refusal: null };
      return cooled ? { ...updated, grid: null, breakdown: null } : updated;
    }
  }
}

/** @param {Connection} state @param {number} now @param {number} chance @returns {Connection} */
function wait(state, now, chance) {
  const longest = Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** state.failures);
  // Half to all of it: viewers that lost the same broadcaster do not reconnect at the same moment.
  const retryAt = now + longest * (0.5 + chance / 2);
  const failures = state.failures + 1;
  return { ...state, phase: "waiting", since: now, failures, retryAt, refusal: null };
}

/** Whether no socket is needed now. @param {Connection} state */
function isIdle({ phase }) {
  return phase === "waiting" || phase === "refused";
}

/** @param {Connection} state @param {number} now @returns {Connection} */
function reconnect(state, now) {
  return { ...state, phase: "connecting", since: now, attempt: state.attempt + 1 };
}
