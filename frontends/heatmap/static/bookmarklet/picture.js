/**
 * The heat of the page as one picture, which lies over the whole document and is kept fresh.
 *
 * @typedef {"shown" | "cold" | "silent"} State
 *   `silent`: no picture came, or none that the browser shows; what is shown, if anything, is old.
 */

import { element } from "../view/element.js";
import { watchRoutes } from "../view/routes.js";

/** Between two questions for a newer picture, ms. A picture unchanged costs a few hundred bytes. */
const REFRESH_MS = 4000;

/** An answer that takes longer, ms, is none. */
const TIMEOUT_MS = 10_000;

/** The document is measured again as often, ms: its height can change without its boxes'. */
const FIT_MS = 1000;

export class Picture {
  image = element("img", { alt: "", hidden: true });
  #address;
  #told;
  /** Where the shown picture, or the awaited one, is from. */
  #from = "";
  /** Of the shown picture, where the broadcaster says one. */
  #tag = "";
  /** @type {AbortController | null} until the answer is there */
  #question = null;

  /**
   * @param {() => string} address of the picture of the page as it is now
   * @param {(state: State) => void} told is called after each answer
   */
  constructor(address, told) {
    this.#address = address;
    this.#told = told;
    this.image.style.cssText =
      "position: absolute; top: 0; left: 0; max-width: none; pointer-events: none;";
  }

  /** Shows it, and follows the page until `signal` aborts. @param {AbortSignal} signal */
  start(signal) {
    const fit = () => this.#fit();
    const sizes = new ResizeObserver(fit);
    sizes.observe(document.documentElement);
    sizes.observe(document.body);
    addEventListener("resize", fit, { signal });
    const stopRoutes = watchRoutes(() => this.#ask());
    const fitting = setInterval(fit, FIT_MS);
    const asking = setInterval(() => document.hidden || this.#ask(), REFRESH_MS);
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      stopRoutes();
      clearInterval(fitting);
      clearInterval(asking);
      this.#question?.abort();
      this.#hide();
    });
    this.#ask();
  }

  /** Asks for the page's picture, unless the answer is awaited already. */
  async #ask() {
    const address = this.#address();
    if (address !== this.#from) {
      this.#question?.abort();
      this.#hide();
    } else if (this.#question) return;
    this.#from = address;
    const question = new AbortController();
    this.#question = question;
    const state = await this.#answer(address, question.signal).catch(
      () => /** @type {const} */ ("silent"),
    );
    if (question.signal.aborted) return;
    this.#question = null;
    this.#told(state);
  }

  /** @param {string} address @param {AbortSignal} signal @returns {Promise<State>} */
  async #answer(address, signal) {
    const answer = await fetch(address, {
      cache: "no-cache",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (answer.status === 404) {
      this.#hide();
      return "cold";
    }
    if (!answer.ok) return "silent";
    const tag = answer.headers.get("etag") ?? "";
    if (tag && tag === this.#tag) {
      await answer.body?.cancel();
      return "shown";
    }
    await this.#put(await answer.blob(), signal);
    this.#tag = tag;
    return "shown";
  }

  /** The old picture stays until the new one is ready. @param {Blob} picture @param {AbortSignal} signal */
  async #put(picture, signal) {
    signal.throwIfAborted();
    const address = URL.createObjectURL(picture);
    this.image.src = address;
    try {
      await this.image.decode();
    } finally {
      URL.revokeObjectURL(address);
    }
    signal.throwIfAborted();
    this.image.hidden = false;
    this.#fit();
  }

  #hide() {
    this.image.hidden = true;
    this.#tag = "";
  }

  /** Takes on the document's size and place, whatever size the picture was drawn for. */
  #fit() {
    const { image } = this;
    if (image.hidden) return;
    // Not displayed, or it would itself keep a document from shrinking.
    image.style.display = "none";
    const { scrollWidth, scrollHeight } = document.documentElement;
    image.style.display = "";
    image.style.width = `${scrollWidth}px`;
    image.style.height = `${scrollHeight}px`;
    // A page may shift its root element; the picture begins at the document's corner all the same.
    const { left, top } = image.getBoundingClientRect();
    image.style.left = `${Number.parseFloat(image.style.left) - Math.round(left + scrollX)}px`;
    image.style.top = `${Number.parseFloat(image.style.top) - Math.round(top + scrollY)}px`;
  }
}
