/** Copies a link to what is shown. */

import { copyText } from "../view/copy-text.js";
import { iconButton } from "../view/element.js";

const LINK =
  "M6.8 9.2l2.4-2.4M7.4 5.2l1.5-1.5a2.5 2.5 0 0 1 3.5 3.5l-1.5 1.5M8.6 10.8l-1.5 1.5a2.5 2.5 0 0 1-3.5-3.5l1.5-1.5";

const COPIED = "A link to what is shown is copied.";
const NOT_COPIED = "Not copied: the browser refuses.";

export class LinkButton {
  #link;
  #changed;
  /** What was done, until something else is chosen. */
  notice = "";
  node = iconButton("Copy a link to what is shown", LINK, () => this.#copy());

  /** @param {() => string} link the address @param {() => void} changed */
  constructor(link, changed) {
    this.#link = link;
    this.#changed = changed;
  }

  /** Something else is shown now. */
  reset() {
    this.notice = "";
    delete this.node.dataset.done;
  }

  async #copy() {
    const copied = await copyText(this.#link(), /** @type {Element} */ (this.node.parentElement));
    this.node.dataset.done = String(copied);
    this.notice = copied ? COPIED : NOT_COPIED;
    this.#changed();
  }
}
