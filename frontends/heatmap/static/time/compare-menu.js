/**
 * With what the range is compared: as long before it, the same times a week before, another range, other visitors, or
 * nothing; and how: by a map of what differs, whose colours it explains, or by a curtain.
 *
 * @typedef {import("../view/preferences.js").Than} Than
 * @typedef {import("./visitors.js").Attribute} Attribute
 * @typedef {import("./chosen-time.js").ChosenTime} ChosenTime
 */

import { choice } from "../view/controls.js";
import { element, setText } from "../view/element.js";
import { Calendar } from "./calendar.js";
import { othersOf } from "./chosen-time.js";
import { between, spanBefore } from "./ranges.js";
import { formatRange } from "./times.js";
import { VisitorSides } from "./visitor-sides.js";

const CHOICES = {
  none: "Nothing",
  before: "The span before",
  week: "A week before",
  own: "Another",
  visitors: "Visitors",
};

export class CompareMenu {
  #choice;
  #calendar;
  #sides;
  #way;
  /** What was chosen last, which may still lack its dates or visitors. @type {string | null} */
  #opened = null;
  /** @type {import("./answers.js").Segments | null} */
  #segments = null;
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

  /**
   * @param {{
   *   than: (than: Than) => void, sides: (name: Attribute, own: string, other: string) => void,
   *   curtain: (curtain: boolean) => void,
   * }} chosen `sides`: visitors to compare by an attribute
   */
  constructor(chosen) {
    this.#calendar = new Calendar((from, to) => chosen.than(between(from, to, Date.now())));
    this.#sides = new VisitorSides(chosen.sides);
    this.#choice = choice("Compare with", CHOICES, "none", (name) => {
      this.#opened = name;
      if (name === "visitors") this.#beginSides();
      else if (name !== "own") chosen.than(name === "none" ? null : /** @type {Than} */ (name));
      this.#reveal(name);
    });
    this.#way = choice("Show", { map: "What differs", curtain: "A curtain" }, "map", (way) =>
      chosen.curtain(way === "curtain"),
    );
    this.node = element(
      "div",
      { class: "menu compare", role: "group", "aria-label": "Comparison", hidden: true },
      this.#choice.node,
      this.#said,
      this.#calendar.node,
      this.#sides.node,
      this.#way.node,
      this.#legend,
      this.#summary,
    );
  }

  /**
   * @param {ChosenTime} time
   * @param {import("./answers.js").Segments | null} segments
   * @param {string} summary what differs, in words
   * @param {number} now
   */
  update(time, segments, summary, now) {
    const { thanChosen, than, range, hasCurtain } = time;
    const name = nameOf(thanChosen);
    // Of what is being chosen, dates or visitors may be missing yet.
    const isAwaited = name === "none" && (this.#opened === "own" || this.#opened === "visitors");
    const shown = isAwaited ? /** @type {string} */ (this.#opened) : name;
    this.#choice.choose(shown);
    this.#reveal(shown);
    const offered = range && spanBefore(range);
    this.#calendar.update(name === "own" && than ? than.range : offered, now);
    const isNew = segments !== null && segments !== this.#segments;
    this.#segments = segments;
    this.#sides.update(segments, time.visitors, othersOf(thanChosen) ?? {});
    // They were chosen before there was anything to choose from; not while this is updated.
    if (isNew && shown === "visitors" && isAwaited) queueMicrotask(() => this.#beginSides());
    const isBefore = than && (name === "before" || name === "week");
    setText(this.#said, isBefore ? formatRange(than.range, now) : "");
    setText(this.#summary, summary);
    this.#way.choose(hasCurtain ? "curtain" : "map");
    this.#way.node.hidden = than === null;
    this.#legend.hidden = than === null || hasCurtain;
  }

  #beginSides() {
    if (this.#sides.begin()) this.#opened = null;
  }

  /** @param {string} name */
  #reveal(name) {
    this.#calendar.node.hidden = name !== "own";
    this.#sides.node.hidden = name !== "visitors";
  }
}

/** @param {Than} than */
function nameOf(than) {
  if (than === null || typeof than === "string") return than ?? "none";
  return othersOf(than) ? "visitors" : "own";
}
