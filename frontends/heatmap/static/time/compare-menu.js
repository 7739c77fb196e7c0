/**
 * With what the range is compared: as long before it, the same times a week before, another range, or nothing; and
 * what the colours mean.
 *
 * @typedef {import("../view/preferences.js").Time["than"]} Than
 */

import { choice } from "../view/controls.js";
import { element, setText } from "../view/element.js";
import { Calendar } from "./calendar.js";
import { between } from "./ranges.js";
import { formatRange } from "./times.js";

const CHOICES = {
  none: "Nothing",
  before: "The span before",
  week: "A week before",
  own: "Another",
};

export class CompareMenu {
  #choice;
  #calendar;
  #said = element("span", { class: "said" });
  #summary = element("p", { class: "summary", role: "status" });
  #legend = element(
    "p",
    { class: "colours" },
    element("i", { class: "less" }),
    "less",
    element("i", { class: "same" }),
    "no more than chance",
    element("i", { class: "more" }),
    "more",
  );
  node;

  /** @param {(than: Than) => void} chosen */
  constructor(chosen) {
    this.#calendar = new Calendar((from, to) => chosen(between(from, to, Date.now())));
    this.#choice = choice("Compare with", CHOICES, "none", (name) => {
      if (name !== "own") chosen(name === "none" ? null : /** @type {Than} */ (name));
      this.#calendar.node.hidden = name !== "own";
    });
    this.node = element(
      "div",
      { class: "menu compare", role: "group", "aria-label": "Comparison", hidden: true },
      this.#choice.node,
      this.#said,
      this.#calendar.node,
      this.#legend,
      this.#summary,
    );
  }

  /**
   * @param {Than} than
   * @param {import("./ranges.js").Range | null} range what that is now, else what is offered
   * @param {string} summary what differs, in words
   * @param {number} now
   */
  update(than, range, summary, now) {
    const isOwn = typeof than === "object" && than !== null;
    if (isOwn) this.#calendar.node.hidden = false;
    if (isOwn || this.#calendar.node.hidden) this.#choice.choose(isOwn ? "own" : (than ?? "none"));
    this.#calendar.update(isOwn ? than : range, now);
    setText(this.#said, range && than && !isOwn ? formatRange(range, now) : "");
    setText(this.#summary, summary);
    this.#legend.hidden = than === null;
  }
}
