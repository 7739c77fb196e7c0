/**
 * The page's heat as two pictures over what scrolls, refreshed regularly: moves, with clicks on top. They are as
 * wide as that is now, and as high as when they were made: heat is in px from the top.
 *
 * @typedef {"shown" | "cold" | "silent" | "refused"} State
 *   `silent`: no picture arrived, or an unreadable one; what is shown, if anything, is stale.
 * @typedef {{ name: "moves" | "clicks", image: HTMLImageElement, tag: string }} Layer
 *   `tag` is the ETag of the shown picture, "" if there is none.
 */

import { pictureAddress } from "../core/address.js";
import { read } from "../core/dom.js";
import { element } from "../view/element.js";
import { watchRoutes } from "../view/routes.js";
import { Stage } from "../view/stage.js";
import { authorization, tokenChanges } from "../view/token.js";

/** Refresh interval of the pictures, ms. An unchanged picture costs a few hundred bytes. */
const REFRESH_MS = 4000;

/** Time limit of a request, ms. */
const TIMEOUT_MS = 10_000;

/** Interval of measuring the document, ms: its height can change without a resize of its boxes. */
const FIT_MS = 1000;

const STYLE =
  "position: absolute; top: 0; left: 0; width: 100%; max-width: none; max-height: none;";

export class Picture {
  stage = new Stage();
  /** @type {Layer[]} */
  #layers = [layer("moves"), layer("clicks")];
  #broadcaster;
  #page;
  #updated;
  /** The page whose pictures are shown or requested. */
  #shown = "";
  /** @type {AbortController | null} of the pending request */
  #request = null;

  /**
   * @param {string} broadcaster origin
   * @param {() => string} page returns the current page's key
   * @param {(state: State) => void} updated called after each answer
   */
  constructor(broadcaster, page, updated) {
    this.#broadcaster = broadcaster;
    this.#page = page;
    this.#updated = updated;
    this.stage.flow.append(...this.#layers.map(({ image }) => image));
  }

  /** Shows the pictures, and follows the page until `signal` aborts. @param {AbortSignal} signal */
  start(signal) {
    const fit = () => {
      if (this.stage.fit()) this.#layers.forEach(this.#stretch);
    };
    const sizes = new ResizeObserver(fit);
    sizes.observe(document.documentElement);
    sizes.observe(read(document, "body"));
    addEventListener("resize", fit, { signal });
    addEventListener("scroll", () => this.stage.follow(), {
      capture: true,
      passive: true,
      signal,
    });
    const stopRoutes = watchRoutes(() => this.#refresh());
    const fitting = setInterval(fit, FIT_MS);
    const refreshing = setInterval(() => document.hidden || this.#refresh(), REFRESH_MS);
    tokenChanges.addEventListener("change", () => this.#refresh(), { signal });
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      stopRoutes();
      clearInterval(fitting);
      clearInterval(refreshing);
      this.#request?.abort();
    });
    fit();
    this.#refresh();
  }

  /** The picture's document width, relative to the current one. */
  get share() {
    const made = Math.max(...this.#layers.map(({ image }) => image.naturalWidth));
    return made / this.stage.width;
  }

  #stretch = (/** @type {Layer} */ { image }) => {
    image.style.height = `${image.naturalHeight * this.stage.scale}px`;
  };

  /** Requests the page's pictures, unless a request is pending. */
  async #refresh() {
    const page = this.#page();
    if (page !== this.#shown) {
      this.#request?.abort();
      for (const layer of this.#layers) hide(layer);
    } else if (this.#request) return;
    this.#shown = page;
    const request = new AbortController();
    this.#request = request;
    const states = await Promise.all(
      this.#layers.map((layer) => this.#load(layer, request.signal)),
    );
    if (request.signal.aborted) return;
    this.#request = null;
    this.#updated(states.find((state) => state !== "shown") ?? "shown");
  }

  /** @param {Layer} layer @param {AbortSignal} signal @returns {Promise<State>} */
  async #load(layer, signal) {
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
      this.#stretch(layer);
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
 * Shows a picture; the old one stays until it is decoded.
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
