/**
 * What the broadcaster says, decoded: a message in, a grid, a detail, a status or a refusal out.
 *
 * @typedef {{ kind: "status", state: "live" | "old", time: number, end: number | null }} Status
 *   `time` is the broadcaster's clock, `end` the newest step that it knows of.
 * @typedef {{ kind: "refusal", text: string }} Refusal why the page may not be looked at
 * @typedef {import("./grid.js").Grid | import("./breakdown.js").Detail | Status | Refusal} Message
 */

import { detailFrom } from "./breakdown.js";
import { DETAIL, GRID, Reader, STATUS } from "./delta.js";
import { gridFrom } from "./grid.js";

/** What is said on one socket. */
export class Messages {
  #reader = new Reader();

  /**
   * @param {string | ArrayBuffer} data
   * @returns {Message | null} null for what is none of them
   * @throws {RangeError} the message is broken, and so are those that refer to it
   */
  decode(data) {
    if (typeof data === "string") return refusalOf(data);
    const snapshot = this.#reader.take(data);
    if (snapshot.kind === GRID) return gridFrom(snapshot);
    if (snapshot.kind === DETAIL) return detailFrom(snapshot);
    return snapshot.kind === STATUS ? statusFrom(snapshot) : null;
  }
}

/** @param {string} text @returns {Refusal | null} */
function refusalOf(text) {
  try {
    const { error } = JSON.parse(text);
    return typeof error === "string" ? { kind: "refusal", text: error } : null;
  } catch {
    return null;
  }
}

/** @param {import("./delta.js").Snapshot} snapshot @returns {Status} */
function statusFrom({ numbers: [isLive, time, end] }) {
  return { kind: "status", state: isLive ? "live" : "old", time, end: end ?? null };
}
