/** Polls the list of warm pages every second while the document is visible. */

import { listAddress } from "../core/address.js";
import { Messages } from "../core/message.js";
import { whyForeign } from "./foreign.js";
import { request } from "./request.js";

const EVERY_MS = 1000;

/** Time limit of a request, ms. */
const TIMEOUT_MS = 5000;

/** Most pages that the broadcaster lists: MAX_LISTED in its app.py. */
export const MAX_LISTED = 1000;

/**
 * @typedef {{
 *   time: number, kafka: string | null, total: number, pages: import("../core/board.js").Listed[],
 * }} List
 *   `time` is ms since the epoch by the broadcaster's clock; `total` includes pages beyond the limit;
 *   `kafka` is why Kafka is away, if it is.
 */

export class Feed {
  #broadcaster;
  #limit;
  #received;
  #refused;
  #failed;
  #timer = 0;
  #running = false;

  /**
   * @param {string} broadcaster origin
   * @param {number} limit pages to ask for
   * @param {(list: List) => void} received
   * @param {(refusal: string) => void} refused
   * @param {(reason: string | null) => void} failed `reason` is why pages of this origin are refused, if
   *   they are
   */
  constructor(broadcaster, limit, received, refused, failed) {
    this.#broadcaster = broadcaster;
    this.#limit = limit;
    this.#received = received;
    this.#refused = refused;
    this.#failed = failed;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    document.addEventListener("visibilitychange", this.#poll);
    this.#poll();
  }

  stop() {
    this.#running = false;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#poll);
  }

  /** Asks for as many pages from now on; for more, at once. @param {number} limit */
  ask(limit) {
    const isMore = limit > this.#limit;
    this.#limit = limit;
    if (isMore && this.#running) this.#poll();
  }

  #poll = async () => {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    const limit = this.#limit;
    const { json, refusal } = await fetchJson(listAddress(this.#broadcaster, limit));
    // Meanwhile stopped, or more were asked for.
    if (!this.#running || limit < this.#limit) return;
    if (json) this.#received(json);
    else if (refusal !== null) this.#refused(refusal);
    else {
      const reason = await whyForeign(this.#broadcaster);
      if (!this.#running) return;
      this.#failed(reason);
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#poll, EVERY_MS);
  };
}

/** @param {string} address */
function ask(address) {
  return request(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
}

/**
 * A binary message of the broadcaster that was asked for; null if there is no valid answer.
 *
 * @param {string} address
 */
export async function fetchMessage(address) {
  try {
    const answer = await ask(address);
    return answer.ok ? new Messages().decode(await answer.arrayBuffer()) : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} address
 * @returns {Promise<{ json: any, refusal: string | null }>} `refusal` says why access is refused; both are
 *   null if there is no valid answer
 */
export async function fetchJson(address) {
  try {
    const answer = await ask(address);
    if (answer.ok) return { json: await answer.json(), refusal: null };
    return { json: null, refusal: await refusalOf(answer) };
  } catch {
    return { json: null, refusal: null };
  }
}

/** Why the broadcaster refuses access; null for other errors. @param {Response} answer */
async function refusalOf(answer) {
  if (answer.status !== 401 && answer.status !== 403) return null;
  return String((await answer.json()).error);
}
