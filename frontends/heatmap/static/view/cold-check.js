/** Asks the front end why a page has no heat, once it has had none for a while. */

import { whyCold } from "../core/why.js";
import { authorization } from "./token.js";

const CHECK = new globalThis.URL("../check", import.meta.url);

/** A page that was just opened may warm at once, ms. */
const COLD_MS = 3000;

/** What was wrong may have been mended: asked again after this, ms. The check loads the page each time. */
const AGAIN_MS = 30_000;

/** Time limit of the question, ms: the front end's own requests have 5 s each. */
const TIMEOUT_MS = 20_000;

const NO_TRACKER =
  "The tracker does not run on this page: its tag is missing, or the site's Content-Security-Policy forbids " +
  "it. `pageheat check` with the page's address says which.";

/** Set by the tracker where it runs. */
const HOOK = Symbol.for("pageheat.tracker");

export class ColdCheck {
  #answered;
  /** @type {string | null} */
  #page = null;
  #coldSince = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** @type {string | null} */
  #reason = null;

  /** @param {() => void} answered called when the reason is known */
  constructor(answered) {
    this.#answered = answered;
  }

  /**
   * The reason, null while it is not known or the page is not cold.
   *
   * @param {string | null} page the key of a cold page, null if it is not cold
   * @param {number} now ms
   */
  reason(page, now) {
    if (page !== this.#page) {
      this.#page = page;
      this.#coldSince = now;
      this.#askedAt = Number.NEGATIVE_INFINITY;
      this.#reason = null;
    }
    const isDue = now - this.#coldSince >= COLD_MS && now - this.#askedAt >= AGAIN_MS;
    if (page !== null && isDue && !document.hidden) {
      this.#askedAt = now;
      this.#ask(page);
    }
    return this.#reason;
  }

  /** @param {string} page */
  async #ask(page) {
    const reason = await ask();
    if (page !== this.#page) return;
    this.#reason = reason;
    this.#answered();
  }
}

async function ask() {
  const runs = HOOK in window;
  const { origin, pathname, search, hash } = location;
  const address = new globalThis.URL(CHECK);
  address.searchParams.set("page", pathname + search + hash);
  if (origin !== CHECK.origin) address.searchParams.set("origin", origin);
  if (runs) address.searchParams.set("runs", "1");
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(address, { headers: authorization(), signal });
    if (answer.ok) return whyCold((await answer.json()).findings);
  } catch {
    // The page's policy may forbid the question, as it needs no connection to the front end.
  }
  return runs ? null : NO_TRACKER;
}
