/** The tracker's tag, ready to copy into the site's pages: shown while no page is warm. */

import { copy } from "./copy.js";
import { element, setText } from "./element.js";

export class TagToCopy {
  #code = element("code");
  #button = element("button", { type: "button", onclick: () => copy(this.#button, this.#code) });
  node = element(
    "div",
    { class: "tag" },
    element("p", {}, "If nothing appears: does each page have this tag, with this address?"),
    element("div", { class: "copied" }, this.#code, this.#button),
    element(
      "p",
      {},
      "To find out what is wrong, run ",
      element("code", {}, "pageheat check"),
      " with the page’s address.",
    ),
  );

  constructor() {
    setText(this.#button, "Copy");
    this.node.hidden = true;
  }

  /** @param {string} tag */
  show(tag) {
    setText(this.#code, tag);
  }
}
