/**
 * Decodes the broadcaster's messages: grids, breakdowns, statuses and refusals.
 *
 * @typedef {"old" | "live" | "away"} State counted until some time ago, or up to now, or Kafka is away
 * @typedef {{ kind: "status", page: string, state: State, time: number, end: number | null }} Status
 *   `page` is the key of the shown page, `time` the broadcaster's clock, `end` its newest step.
 * @typedef {{ kind: "refusal", text: string, foreign: boolean }} Refusal why access to the page is refused;
 *   `foreign`: because of the document that shows the heat: no setting names its origin, or its scripts are of another
 *   version than the broadcaster
 * @typedef {import("./grid.js").Grid | import("./breakdown.js").Breakdown | Status | Refusal} Message
 */

import { breakdownFrom } from "./breakdown.js";
import { BREAKDOWN, GRID, Reader, STATUS } from "./delta.js";
import { gridFrom } from "./grid.js";

/** @type {State[]} by their numbers in a status */
const STATES = ["old", "live", "away"];

/** Decodes the messages of one socket. */
export class Messages {
  #reader = new Reader();

  /**
   * @param {string | ArrayBuffer} data
   * @returns {Message | null} null if it is invalid or unknown
   * @throws {RangeError} the message is corrupt, and so are those that refer to it
   */
  decode(data) {
    if (typeof data === "string") return refusalOf(data);
    const snapshot = this.#reader.take(data);
    if (snapshot.kind === GRID) return gridFrom(snapshot);
    if (snapshot.kind === BREAKDOWN) return breakdownFrom(snapshot);
    return snapshot.kind === STATUS ? statusFrom(snapshot) : null;
  }
}

/** @param {string} text @returns {Refusal | null} */
function refusalOf(text) {
  try {
    const { error, refused } = JSON.parse(text);
    if (typeof error !== "string") return null;
    return { kind: "refusal", text: error, foreign: refused !== undefined };
  } catch {
    return null;
  }
}

/** @param {import("./delta.js").Snapshot} snapshot @returns {Status} */
function statusFrom({ numbers: [number, time, end], names }) {
  const state = STATES[number] ?? "old";
  return { kind: "status", page: names.get(0) ?? "", state, time, end: end ?? null };
}
