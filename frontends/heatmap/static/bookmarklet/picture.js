/**
 * The heat of the page as pictures, which lie over the whole document and are kept fresh: that of the
 * moves, and on it that of the clicks.
 *
 * @typedef {"shown" | "cold" | "silent" | "refused"} State
 *   `silent`: no picture came, or none that the browser shows; what is shown, if anything, is old.
 * @typedef {{ name: "moves" | "clicks", image: HTMLImageElement, tag: string }} Layer
 *   `tag` is that of the shown picture, "" if there is none.
 */

import { pictureAddress } from "../core/address.js";
import { element } from "../view/element.js";
import { watchRoutes } from "../view/routes.js";
import { Stage } from "../view/stage.js";
import { authorization, tokenChanges } from "../view/token.js";

/** Between two questions for newer pictures, ms. What is unchanged costs a few hundred bytes. */
const REFRESH_MS = 4000;

/** An answer that takes longer, ms, is none. */
const TIMEOUT_MS = 10_000;

/** The document is measured again as often, ms: its height can change without its boxes'. */
const FIT_MS = 1000;

const STYLE = "position: absolute; top: 0; left: 0; width: 100%; height: 100%; max-width: none;";

export class Picture {
  stage = new Stage();
  /** @type {Layer[]} */
  #layers = [layer("moves"), layer("clicks")];
  #broadcaster;
  #page;
  #told;
  /** The page whose pictures are shown, or awaited. */
  #shown = "";
  /** @type {AbortController | null} until the answer is there */
  #question = null;

  /**
   * @param {string} broadcaster origin
   * @param {() => string} page the key of the page as it is now
   * @param {(state: State) => void} told is called after each answer
   */
  constructor(broadcaster, page, told) {
    this.#broadcaster = broadcaster;
    this.#page = page;
    this.#told = told;
    this.stage.flow.append(...this.#layers.map(({ image }) => image));
  }

  /** Shows it, and follows the page until `signal` aborts. @param {AbortSignal} signal */
  start(signal) {
    const fit = () => this.stage.fit();
    const sizes = new ResizeObserver(fit);
    sizes.observe(document.documentElement);
    sizes.observe(document.body);
    addEventListener("resize", fit, { signal });
    const stopRoutes = watchRoutes(() => this.#ask());
    const fitting = setInterval(fit, FIT_MS);
    const asking = setInterval(() => document.hidden || this.#ask(), REFRESH_MS);
    tokenChanges.addEventListener("change", () => this.#ask(), { signal });
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      stopRoutes();
      clearInterval(fitting);
      clearInterval(asking);
      this.#question?.abort();
    });
    fit();
    this.#ask();
  }

  /** For what width of the document the picture was made, as a share of the width it has. */
  get share() {
    const made = Math.max(...this.#layers.map(({ image }) => image.naturalWidth));
    return made / this.stage.width;
  }

  /** Asks for the page's pictures, unless the answer is awaited already. */
  async #ask() {
    const page = this.#page();
    if (page !== this.#shown) {
      this.#question?.abort();
      for (const layer of this.#layers) hide(layer);
    } else if (this.#question) return;
    this.#shown = page;
    const question = new AbortController();
    this.#question = question;
    const states = await Promise.all(
      this.#layers.map((layer) => this.#renew(layer, question.signal)),
    );
    if (question.signal.aborted) return;
    this.#question = null;
    this.#told(states.find((state) => state !== "shown") ?? "shown");
  }

  /** @param {Layer} layer @param {AbortSignal} signal @returns {Promise<State>} */
  async #renew(layer, signal) {
    try {
      const answer = await fetch(pictureAddress(this.#broadcaster, this.#shown, layer.name), {
        cache: "no-cache",
        credentials: "omit",
        headers: authorization(),
        referrerPolicy: "no-referrer",
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      if (answer.status === 404) {
        hide(layer);
        return "cold";
      }
      if (answer.status === 401 || answer.status === 403) {
        hide(layer);
        return "refused";
      }
      if (!answer.ok) return "silent";
      const tag = answer.headers.get("etag") ?? "";
      if (tag && tag === layer.tag) await answer.body?.cancel();
      else await put(layer, tag, await answer.blob(), signal);
      return "shown";
    } catch {
      return "silent";
    }
  }
}

/** @param {Layer["name"]} name @returns {Layer} */
function layer(name) {
  return { name, image: element("img", { alt: "", hidden: true, style: STYLE }), tag: "" };
}

/**
 * Shows a picture; the one before stays until it is ready.
 *
 * @param {Layer} layer
 * @param {string} tag
 * @param {Blob} picture
 * @param {AbortSignal} signal
 */
async function put(layer, tag, picture, signal) {
  signal.throwIfAborted();
  const address = URL.createObjectURL(picture);
  layer.image.src = address;
  try {
    await layer.image.decode();
  } finally {
    URL.revokeObjectURL(address);
  }
  signal.throwIfAborted();
  layer.image.hidden = false;
  layer.tag = tag;
}

/** @param {Layer} layer */
function hide(layer) {
  layer.image.hidden = true;
  layer.tag = "";
}
