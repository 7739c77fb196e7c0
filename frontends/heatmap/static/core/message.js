/**
 * What the broadcaster says, decoded: a text frame in, a grid, a detail, a status or a refusal out.
 *
 * @typedef {{ kind: "status", state: "live" | "old", time: number, end: number | null }} Status
 * @typedef {{ kind: "refusal", text: string }} Refusal why the page may not be looked at
 * @typedef {import("./grid.js").Grid | import("./detail.js").Detail | Status | Refusal} Message
 */

import { decodeDetail } from "./detail.js";
import { decodeGrid, numberOrNull } from "./grid.js";

/**
 * @param {string} text
 * @returns {Message | null} null for what is none of them
 */
export function decode(text) {
  let record;
  try {
    record = JSON.parse(text);
  } catch {
    return null;
  }
  if (record?.status) return decodeStatus(record.status);
  if (typeof record?.error === "string") return { kind: "refusal", text: record.error };
  if (record?.detail) return decodeDetail(record.detail);
  return decodeGrid(record);
}

/** @param {any} status @returns {Status | null} */
function decodeStatus({ state, time, end }) {
  const known = (state === "live" || state === "old") && Number.isFinite(time);
  return known ? { kind: "status", state, time, end: numberOrNull(end) } : null;
}
