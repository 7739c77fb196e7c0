/** Asks the history. */

import { historyAddress } from "../core/address.js";
import { request } from "../view/request.js";

/** The history gives up after 10 s, and may have to store the present first. */
const TIMEOUT_MS = 16_000;

/**
 * @typedef {"grid" | "elements" | "series" | "segments" | "compare" | "film" | "notes"} Kind
 * @typedef {"away" | "refused" | "busy" | "wrong"} Trouble
 *   No answer; access is refused; it needs too much, or too many ask; it is not a question.
 * @typedef {{ json: any, trouble: null, text: "" } | { json: null, trouble: Trouble, text: string }} Answer
 */

/**
 * @param {string} history origin
 * @param {Kind} kind
 * @param {string} page key
 * @param {Record<string, string>} parameters
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>} rejects if the signal aborts
 */
export function ask(history, kind, page, parameters, signal) {
  return askAt(historyAddress(history, kind, page, parameters), signal);
}

/**
 * @param {string} address of a question
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>} rejects if the signal aborts
 */
export async function askAt(address, signal) {
  try {
    const either = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const answer = await request(address, { signal: either });
    const json = await answer.json();
    if (answer.ok) return { json, trouble: null, text: "" };
    return { json: null, trouble: troubleOf(answer.status), text: String(json.error ?? "") };
  } catch {
    signal.throwIfAborted();
    return { json: null, trouble: "away", text: "" };
  }
}

/** @param {number} status @returns {Trouble} */
function troubleOf(status) {
  if (status === 401 || status === 403) return "refused";
  return status === 503 ? "busy" : "wrong";
}
