/** The panel's line that says of which page it shows the heat. */

import { readable } from "../core/address.js";
import { element, setText } from "./element.js";

export class PageLine {
  #name = element("span", { class: "name" });
  #note = element("span", { class: "note" });
  node = element("p", { class: "page" }, this.#name, this.#note);

  /**
   * @param {string} page key
   * @param {string} ignored what of the address tells no pages apart
   */
  update(page, ignored) {
    const name = readable(page);
    setText(this.#name, name);
    if (this.#name.title !== name) this.#name.title = name;
    setText(this.#note, ignored);
    this.#note.hidden = ignored === "";
  }
}
