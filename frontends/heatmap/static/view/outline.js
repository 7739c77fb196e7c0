/** The outline that highlights one element of the page. It follows the element. */

import { element } from "./element.js";

export class Outline {
  #node = element("div", { class: "outline" });
  #stage;
  #anchors;
  /** @type {string | null} */
  #selector = null;

  /** @param {import("./stage.js").Stage} stage @param {import("./anchors.js").Anchors} anchors */
  constructor(stage, anchors) {
    this.#stage = stage;
    this.#anchors = anchors;
  }

  /** @param {string | null} selector null for none */
  show(selector) {
    this.#selector = selector;
    this.place();
  }

  /** Moves it to the element's current place; removes it if the element is not visible. */
  place() {
    const anchor = this.#selector === null ? null : this.#anchors.get(this.#selector);
    this.#stage.put(this.#node, anchor?.place ?? null);
  }
}
