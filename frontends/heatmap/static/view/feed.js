/** The list of warm pages, asked for every second while somebody looks. */

import { listAddress } from "../core/address.js";

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
  #failed;
  #timer = 0;
  #running = false;

  /**
   * @param {string} broadcaster origin
   * @param {(list: List) => void} took
   * @param {() => void} failed
   */
  constructor(broadcaster, took, failed) {
    this.#address = listAddress(broadcaster, LIMIT);
    this.#took = took;
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
    const list = await fetchJson(this.#address);
    if (!this.#running) return;
    if (list) this.#took(list);
    else this.#failed();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#ask, EVERY_MS);
  };
}

/**
 * @param {string} address
 * @returns {Promise<any>} null when there is no answer, or not the one asked for
 */
export async function fetchJson(address) {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
