/** The list of warm pages, asked for every second while somebody looks. */

import { listAddress } from "../core/address.js";
import { authorization } from "./token.js";

const EVERY_MS = 1000;

/** An answer that takes longer, ms, counts as none. */
const TIMEOUT_MS = 5000;

/** Rows; nobody reads further down a board. */
const LIMIT = 100;

/**
 * @typedef {{ time: number, total: number, pages: import("../core/board.js").Listed[] }} List
 *   `time` is ms since the epoch by the broadcaster's clock; `total` counts pages beyond the limit, too.
 */

export class Feed {
  #address;
  #took;
  #refused;
  #failed;
  #timer = 0;
  #running = false;

  /**
   * @param {string} broadcaster origin
   * @param {(list: List) => void} took
   * @param {(refusal: string) => void} refused
   * @param {() => void} failed
   */
  constructor(broadcaster, took, refused, failed) {
    this.#address = listAddress(broadcaster, LIMIT);
    this.#took = took;
    this.#refused = refused;
    this.#failed = failed;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    document.addEventListener("visibilitychange", this.#ask);
    this.#ask();
  }

  stop() {
    this.#running = false;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#ask);
  }

  #ask = async () => {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    const { said, refusal } = await fetchJson(this.#address);
    if (!this.#running) return;
    if (said) this.#took(said);
    else if (refusal !== null) this.#refused(refusal);
    else this.#failed();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#ask, EVERY_MS);
  };
}

/**
 * @param {string} address
 * @returns {Promise<{ said: any, refusal: string | null }>} neither, when there is no answer or not the
 *   one asked for; `refusal` says why this may not be looked at
 */
export async function fetchJson(address) {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(address, { headers: authorization(), signal });
    if (answer.ok) return { said: await answer.json(), refusal: null };
    return { said: null, refusal: await refusalOf(answer) };
  } catch {
    return { said: null, refusal: null };
  }
}

/** Why the broadcaster does not let us look; null when that is not what it says. @param {Response} answer */
async function refusalOf(answer) {
  if (answer.status !== 401 && answer.status !== 403) return null;
  return String((await answer.json()).error);
}
