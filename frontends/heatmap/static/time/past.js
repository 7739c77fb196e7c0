/**
 * The heat of a range: asks for it, and keeps the newest answer as what the layers show.
 *
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {import("./ask.js").Trouble} Trouble
 * @typedef {{ page: string, range: Range, chosen: import("./visitors.js").Chosen, count: "events" | "views" }} Question
 * @typedef {{
 *   question: Question, shown: import("../core/shown.js").Shown, views: number, from: number, to: number, exact: string,
 * }} Found `exact`: "to the minute", "to the hour", "to the day"; `from` and `to` are rounded so.
 */

import { divisionOf, elementsOf, gridOf } from "./answers.js";
import { ask } from "./ask.js";
import { isSame, renewed } from "./ranges.js";
import { formatRange } from "./times.js";

/** A range up to now is asked for again after this time, ms. */
const AGAIN_MS = 30_000;

/** While a range is dragged, only a rest is asked for, ms. */
const REST_MS = 140;

const MOST_ELEMENTS = "512";

export class Past {
  #history;
  #changed;
  /** @type {Question | null} */
  question = null;
  /** The newest answer to it or, while that is awaited, to the one before. @type {Found | null} */
  found = null;
  /** @type {{ trouble: Trouble, text: string } | null} */
  failure = null;
  waiting = false;
  #asking = new AbortController();
  #timer = 0;

  /** @param {string} history origin @param {() => void} changed */
  constructor(history, changed) {
    this.#history = history;
    this.#changed = changed;
  }

  /** Shows the answer to a question as soon as it is there; null: nothing. @param {Question | null} question */
  show(question) {
    if (isAlike(question, this.question)) return;
    if (question?.page !== this.question?.page) this.found = null;
    this.question = question;
    this.failure = null;
    this.stop();
    if (!question) {
      this.found = null;
      this.waiting = false;
      return;
    }
    this.waiting = true;
    this.#timer = setTimeout(() => this.#ask(question), this.found ? REST_MS : 0);
  }

  /** Asks once more. */
  retry() {
    const { question } = this;
    if (!question) return;
    this.stop();
    this.waiting = true;
    this.#ask(question);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#asking.abort();
    this.#asking = new AbortController();
  }

  /** @param {Question} question */
  async #ask(question) {
    const { page, chosen, count } = question;
    const range = renewed(question.range, Date.now());
    const { signal } = this.#asking;
    const parameters = { ...spanOf(range), ...chosen };
    let answers;
    try {
      answers = await Promise.all([
        ask(this.#history, "grid", page, { ...parameters, count }, signal),
        ask(this.#history, "elements", page, { ...parameters, limit: MOST_ELEMENTS }, signal),
      ]);
    } catch {
      // Another question has taken its place.
      return;
    }
    const [grid, elements] = answers;
    const failed = answers.find(({ trouble }) => trouble !== null);
    this.waiting = false;
    this.failure = failed?.trouble ? { trouble: failed.trouble, text: failed.text } : null;
    if (!failed) this.found = foundOf(question, range, grid.json, elements.json);
    this.#changed();
    if (range.open || failed) {
      this.#timer = setTimeout(() => this.#askAgain(question), AGAIN_MS);
    }
  }

  /** @param {Question} question */
  #askAgain(question) {
    if (!document.hidden) this.#ask(question);
    else this.#timer = setTimeout(() => this.#askAgain(question), AGAIN_MS);
  }
}

/** The parameters of a range. @param {Range} range */
export function spanOf({ from, to, open }) {
  return { from: String(Math.round(from)), to: open ? "now" : String(Math.round(to)) };
}

/**
 * @param {Question} question
 * @param {Range} range
 * @param {any} grid
 * @param {any} elements
 * @returns {Found}
 */
function foundOf(question, range, grid, elements) {
  const { page, chosen, count } = question;
  const found = gridOf(grid, formatRange(range, Date.now()));
  const division = divisionOf(elements);
  const { from, to, exact, views } = grid;
  /** @type {import("../core/breakdown.js").Breakdown | null} */
  const breakdown = found && {
    kind: "breakdown",
    start: from,
    end: to,
    size: found.size,
    row: found.row,
    division,
    bands: [],
  };
  const shown = {
    page,
    band: chosen.band ?? "",
    grid: found,
    breakdown,
    elements: elementsOf(elements),
    count,
    views,
  };
  return { question, shown, views, from, to, exact };
}

/** @param {Question | null} one @param {Question | null} other */
function isAlike(one, other) {
  if (!one || !other) return one === other;
  const names = new Set([...Object.keys(one.chosen), ...Object.keys(other.chosen)]);
  return (
    one.page === other.page &&
    one.count === other.count &&
    isSame(one.range, other.range) &&
    [...names].every((name) => one.chosen[name] === other.chosen[name])
  );
}
