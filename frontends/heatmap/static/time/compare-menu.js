/**
 * With what the range is compared: as long before it, the same times a week before, another range, other visitors, or
 * nothing; and how: by a map of what differs, whose colours it explains, or by a curtain.
 *
 * @typedef {import("../view/preferences.js").Than} Than
 * @typedef {import("./visitors.js").Chosen} Chosen
 * @typedef {import("./chosen-time.js").ChosenTime} ChosenTime
 */

import { choice } from "../view/controls.js";
import { element, setText } from "../view/element.js";
import { Calendar } from "./calendar.js";
import { othersOf } from "./chosen-time.js";
import { between, rangeOf, spanBefore } from "./ranges.js";
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
  /** Visitors are to be compared once it is known which there are. */
  #isAwaited = false;
  /** @type {import("./ranges.js").Range | null} */
  #range = null;
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
   *   than: (than: Than) => void, sides: (own: Chosen, other: Chosen | null) => void,
   *   curtain: (curtain: boolean) => void,
   * }} chosen `sides`: whose page views are shown, as changes, and whose are beside them
   */
  constructor(chosen) {
    this.#calendar = new Calendar((from, to) => chosen.than(between(from, to, Date.now())));
    this.#sides = new VisitorSides(chosen.sides);
    this.#choice = choice("Compare with", CHOICES, "none", (name) => {
      this.#isAwaited = name === "visitors" && !this.#sides.begin();
      if (name === "visitors" && !this.#isAwaited) return;
      chosen.than(this.#thanOf(name));
      this.#sides.end();
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
    const shown = this.#isAwaited ? "visitors" : name;
    this.#range = range;
    this.#choice.choose(shown);
    this.#calendar.node.hidden = shown !== "own";
    this.#sides.node.hidden = shown !== "visitors";
    if (than) this.#calendar.update(than.range, now);
    const isNew = segments !== null && segments !== this.#segments;
    this.#segments = segments;
    this.#sides.update(segments, time.visitors, othersOf(thanChosen) ?? {});
    // Not while this is updated.
    if (isNew && this.#isAwaited) queueMicrotask(() => this.#beginSides());
    const isBefore = than && (name === "before" || name === "week");
    setText(this.#said, isBefore ? formatRange(than.range, now) : "");
    setText(this.#summary, summary);
    this.#way.choose(hasCurtain ? "curtain" : "map");
    this.#way.node.hidden = than === null;
    this.#legend.hidden = than === null || hasCurtain;
  }

  #beginSides() {
    if (this.#isAwaited) this.#isAwaited = !this.#sides.begin();
  }

  /** A range of one's own begins as the span before. @param {string} name @returns {Than} */
  #thanOf(name) {
    if (name === "own") return spanBefore(this.#range ?? rangeOf("hour", Date.now()));
    return name === "before" || name === "week" ? name : null;
  }
}

/** @param {Than} than */
function nameOf(than) {
  if (than === null || typeof than === "string") return than ?? "none";
  return othersOf(than) ? "visitors" : "own";
}
