/**
 * The connection to the broadcaster as a state machine: events and times in, states out. No I/O.
 *
 * Times are ms of a monotonic clock, except the services' own, which a status carries. What drives it
 * (view/watch.js) keeps a socket open while the phase is "connecting" or "open", a new one for each
 * `attempt`, and sends a tick at `wakeAt`.
 *
 * @typedef {import("./grid.js").Grid} Grid
 * @typedef {import("./breakdown.js").Detail} Detail
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
 *   heardAt: number | null,
 *   grid: Grid | null,
 *   gridAttempt: number,
 *   detail: Detail | null,
 *   status: Status | null,
 *   statusAt: number,
 *   refusal: string | null,
 * }} Connection
 *   `band` is the width band whose tiles are asked for, "" for none; `attempt` numbers the sockets; `failures` counts those in a row; `since` is when the phase
 *   began; `gridAttempt` the socket that the grid came by; `refusal` why the page may not be looked at, until it may.
 * @typedef {{ type: "opened", now: number }
 *   | { type: "heard", now: number, message: Message }
 *   | { type: "closed", now: number, chance: number }
 *   | { type: "tick", now: number, chance: number }
 *   | { type: "retry", now: number }
 *   | { type: "watch", now: number, page: string, band: string }} ConnectionEvent
 *   `chance` is a random number in [0, 1).
 * @typedef {"connecting" | "live" | "cold" | "old" | "reconnecting" | "refused"} Condition
 */

import { isEmpty } from "./grid.js";

/** The first wait before trying again, doubled at each failure, ms. */
const RETRY_MS = 500;

/** The longest wait, ms: a broadcaster that is back should be found soon. */
const MAX_RETRY_MS = 8000;

/** The broadcaster says something every second; silent for this long, ms, the line is dead. */
const SILENT_MS = 5000;

/** A handshake that takes longer, ms, comes to nothing. */
const HANDSHAKE_MS = 10_000;

/** A warm page's grid is there at once; without one after this long, ms, the page is cold. */
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
    heardAt: null,
    grid: null,
    gridAttempt: 0,
    detail: null,
    status: null,
    statusAt: 0,
    refusal: null,
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
      return { ...state, phase: "open", since: now, heardAt: now };
    case "heard":
      return heard({ ...state, failures: 0, heardAt: now }, event.message, now);
    case "closed":
      return isOver(state) ? state : wait(state, now, event.chance);
    case "tick":
      if (now < wakeAt(state)) return state;
      return state.phase === "waiting" ? again(state, now) : wait(state, now, event.chance);
    case "retry":
      return isOver(state) ? again(state, now) : state;
    case "watch":
      return watch(state, event.page, event.band, now);
  }
}

/**
 * When the next tick is needed.
 *
 * @param {Connection} state
 */
export function wakeAt(state) {
  if (state.phase === "refused") return Number.POSITIVE_INFINITY;
  if (state.phase === "waiting") return state.retryAt;
  if (state.phase === "connecting") return state.since + HANDSHAKE_MS;
  return (state.heardAt ?? state.since) + SILENT_MS;
}

/**
 * What a reader should know of the state: how it is, and for how long in ms what is shown has been old.
 *
 * @param {Connection} state
 * @param {number} now
 * @returns {{ condition: Condition, age: number }}
 */
export function describe(state, now) {
  if (state.refusal !== null) return { condition: "refused", age: 0 };
  if (state.phase !== "open") {
    const before = state.heardAt !== null || state.failures > 0;
    return {
      condition: before ? "reconnecting" : "connecting",
      age: now - (state.heardAt ?? now),
    };
  }
  if (!state.status && !state.grid) return { condition: "connecting", age: 0 };
  if (state.status?.state === "old") {
    const { time, end } = state.status;
    return { condition: "old", age: end === null ? 0 : time - end + now - state.statusAt };
  }
  if (state.grid) return { condition: isEmpty(state.grid) ? "cold" : "live", age: 0 };
  return { condition: now - state.since < AT_ONCE_MS ? "connecting" : "cold", age: 0 };
}

/**
 * The services' time, ms since the epoch, or null before they told it. The browser's own clock may be wrong.
 *
 * @param {Connection} state
 * @param {number} now
 */
export function serviceTime(state, now) {
  return state.status && state.status.time + now - state.statusAt;
}

/**
 * Another page begins with nothing; another band of the same page keeps what is known until more comes.
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
  const { grid, gridAttempt, detail, status, statusAt, heardAt } = state;
  return { ...fresh, grid, gridAttempt, detail, status, statusAt, heardAt };
}

/** @param {Connection} state @param {Message} message @param {number} now @returns {Connection} */
function heard(state, message, now) {
  switch (message.kind) {
    case "refusal": {
      // What was seen before is no longer to be seen.
      const { page, band, attempt } = state;
      return { ...connect(page, band, now), phase: "refused", attempt, refusal: message.text };
    }
    case "grid": {
      const detail = isEmpty(message) ? null : state.detail;
      return { ...state, grid: message, gridAttempt: state.attempt, detail, refusal: null };
    }
    case "detail":
      return { ...state, detail: message };
    case "status": {
      // After a reconnection the page may have cooled unseen: a cold page has no grid to send.
      const cooled =
        message.state === "live" &&
        state.gridAttempt !== state.attempt &&
        now - state.since >= AT_ONCE_MS;
      const told = { ...state, status: message, statusAt: now, refusal: null };
      return cooled ? { ...told, grid: null, detail: null } : told;
    }
  }
}

/** @param {Connection} state @param {number} now @param {number} chance @returns {Connection} */
function wait(state, now, chance) {
  const longest = Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** state.failures);
  // Between half and all of it: viewers that lost the same broadcaster don't come back as one.
  const retryAt = now + longest * (0.5 + chance / 2);
  const failures = state.failures + 1;
  return { ...state, phase: "waiting", since: now, failures, retryAt, refusal: null };
}

/** Whether no socket is wanted now. @param {Connection} state */
function isOver({ phase }) {
  return phase === "waiting" || phase === "refused";
}

/** @param {Connection} state @param {number} now @returns {Connection} */
function again(state, now) {
  return { ...state, phase: "connecting", since: now, attempt: state.attempt + 1 };
}
