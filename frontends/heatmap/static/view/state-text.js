/** The panel's text for each state, with advice. */

import { formatAge, formatSpan } from "../core/format.js";

/** @typedef {import("../core/barrier.js").Barrier} Barrier */

/** A connection that is restored within this time, ms, needs no advice. */
const ADVICE_MS = 3000;

export const KAFKA_AWAY =
  "Broadcaster gets no answer from Kafka, so nothing is counted; the last known heat is shown. Start Kafka, or " +
  "check KAFKA_BROKER. Visitors' trackers keep what they have not sent for up to three minutes.";

/**
 * Advice for each barrier.
 *
 * @type {Record<Barrier, (broadcaster: string) => string>}
 */
export const BLOCKED = {
  policy: (broadcaster) =>
    "This site's Content-Security-Policy blocks the connection to the broadcaster. " +
    `Its connect-src should allow ${broadcaster} ${broadcaster.replace(/^http/, "ws")}`,
  insecure: (broadcaster) =>
    `This page uses https:, so the browser blocks connections to ${broadcaster}. ` +
    "Give broadcaster an https: address, and set BROADCASTER_URL to it.",
};

/**
 * @param {{
 *   condition: import("../core/connection.js").Condition,
 *   age: number,
 *   pausedFor: number | null,
 *   grid: import("../core/grid.js").Grid | null,
 *   serviceTime: number | null,
 *   broadcaster: string,
 *   barrier: Barrier | null,
 *   refusal: string | null,
 *   cause: string | null,
 * }} state times in ms; `pausedFor` is null when not paused; `cause`: why there is no heat
 * @returns {{ word: string, detail: string, message: string }}
 */
export function explain({
  condition,
  age,
  pausedFor,
  grid,
  serviceTime,
  broadcaster,
  barrier,
  refusal,
  cause,
}) {
  if (pausedFor !== null) {
    return { word: "Paused", detail: `for ${formatSpan(pausedFor)}`, message: "" };
  }
  if (barrier && (condition === "connecting" || condition === "reconnecting")) {
    return { word: "Blocked", detail: "", message: BLOCKED[barrier](broadcaster) };
  }
  switch (condition) {
    case "connecting":
      return { word: "Connecting", detail: "", message: "" };
    case "live": {
      const newest = grid?.newest ?? null;
      const known = newest !== null && serviceTime !== null;
      return {
        word: "Live",
        detail: known ? `newest ${formatAge(serviceTime - newest)}` : "",
        message: "",
      };
    }
    case "cold": {
      const window =
        grid && grid.end > grid.start ? formatSpan(grid.end - grid.start) : "few minutes";
      return {
        word: "Live",
        detail: "no heat",
        message:
          cause ??
          `No movement here in the last ${window}. Move the pointer over this page on the site: its heat appears here within a second.`,
      };
    }
    case "refused":
      return { word: "Private", detail: "", message: refusal ?? "" };
    case "foreign":
      return { word: "Refused", detail: "", message: refusal ?? "" };
    case "old":
      return {
        word: "Old",
        detail: formatSpan(age),
        message:
          "This page is not being counted; its last known heat is shown. Check that aggregator is running.",
      };
    case "away":
      return { word: "Kafka is away", detail: formatSpan(age), message: KAFKA_AWAY };
    case "reconnecting":
      return {
        word: "Reconnecting",
        detail: age >= 1000 ? formatSpan(age) : "",
        message:
          age >= ADVICE_MS || !grid
            ? `No answer from ${broadcaster}; retrying automatically. Check that broadcaster is running.`
            : "",
      };
  }
}
