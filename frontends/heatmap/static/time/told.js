/** The newest answer of the history to one kind of question, which is asked again when it changes. */

import { ask } from "./ask.js";

/** While something is dragged, only a rest is asked for, ms. */
const REST_MS = 120;

/** After a failure, ms. */
const RETRY_MS = 10_000;

export class Told {
  #history;
  #kind;
  #changed;
  #asked = "";
  #asking = new AbortController();
  #timer = 0;
  /** The answer; null if there is none for this page. @type {any} */
  json = null;
  /** @type {{ trouble: import("./ask.js").Trouble, text: string } | null} */
  failure = null;

  /** @param {string} history origin @param {import("./ask.js").Kind} kind @param {() => void} changed */
  constructor(history, kind, changed) {
    this.#history = history;
    this.#kind = kind;
    this.#changed = changed;
  }

  /** Asks, unless it was asked already. @param {string} page @param {Record<string, string>} parameters */
  show(page, parameters) {
    const asked = [
      page,
      ...Object.keys(parameters).map((name) => `${name}=${parameters[name]}`),
    ].join("\n");
    if (asked === this.#asked) return;
    const isOfPage = this.#asked.startsWith(`${page}\n`);
    if (!isOfPage) this.json = null;
    this.#asked = asked;
    this.stop();
    this.#timer = setTimeout(() => this.#ask(page, parameters), this.json ? REST_MS : 0);
  }

  /** Asks once more. */
  again() {
    const [page, ...parameters] = this.#asked.split("\n");
    this.stop();
    this.#ask(page, Object.fromEntries(parameters.map((each) => each.split(/=(.*)/s, 2))));
  }

  stop() {
    clearTimeout(this.#timer);
    this.#asking.abort();
    this.#asking = new AbortController();
  }

  /** @param {string} page @param {Record<string, string>} parameters */
  async #ask(page, parameters) {
    let answer;
    try {
      answer = await ask(this.#history, this.#kind, page, parameters, this.#asking.signal);
    } catch {
      // Another question has taken its place.
      return;
    }
    const { json, trouble, text } = answer;
    this.failure = trouble && { trouble, text };
    if (json) this.json = json;
    else this.#timer = setTimeout(() => this.#ask(page, parameters), RETRY_MS);
    this.#changed();
  }
}
