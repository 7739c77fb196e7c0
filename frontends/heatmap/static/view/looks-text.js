/** The panel's part on a layer across the page: how many page views, how far down they came, and the values at a place. */

import { element, setText } from "./element.js";

export class LooksText {
  #of = element("p", { class: "of" });
  #marks = element("p", { class: "marks" });
  #note = element("p", { class: "note" });
  #place = element("span");
  #values = element("b");
  #reading = element("p", { class: "reading" }, this.#place, this.#values);
  node = element(
    "div",
    { class: "looks-text", hidden: true },
    this.#of,
    this.#marks,
    this.#note,
    this.#reading,
  );

  /** @param {import("../core/looks-text.js").Text | null} text null hides it */
  update(text) {
    this.node.hidden = text === null;
    if (!text) return;
    setText(this.#of, text.of);
    setText(this.#note, text.note);
    setText(this.#place, text.place);
    setText(this.#values, text.reading);
    this.#reading.hidden = text.reading === "";
    this.#marks.hidden = text.marks.length === 0;
    const { children } = this.#marks;
    while (children.length > text.marks.length) this.#marks.lastChild?.remove();
    while (children.length < text.marks.length) {
      this.#marks.append(element("span", {}, element("b"), element("span")));
    }
    for (let i = 0; i < children.length; i++) {
      const [y, share] = children[i].children;
      setText(y, text.marks[i].y);
      setText(share, `${text.marks[i].share} reach`);
    }
  }
}
