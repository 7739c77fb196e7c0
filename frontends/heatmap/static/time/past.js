/**
 * The heat of a range: asks for it, and keeps the newest answer as what the layers show.
 *
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {import("./ask.js").Trouble} Trouble
 * @typedef {{
 *   page: string, group: string, range: Range, chosen: import("./visitors.js").Chosen, count: "events" | "views",
 *   than: Range | null, layer: "move" | "click",
 * }} Question
 *   `group`: the pattern of the pages whose heat is shown on this one, "" for its own; `than`: what it is compared
 *   with, by moves or clicks.
 * @typedef {{
 *   question: Question, shown: import("../core/shown.js").Shown, views: number, from: number, to: number, exact: string,
 *   difference: import("./difference.js").Difference | null,
 * }} Found `exact`: "to the minute", "to the hour", "to the day"; `from` and `to` are rounded so.
 */

import { divisionOf, elementsOf, gridOf } from "./answers.js";
import { ask } from "./ask.js";
import { changesOf, differenceOf } from "./difference.js";
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
    if (question?.page !== this.question?.page || question?.group !== this.question?.group) {
      this.found = null;
    }
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
    const { chosen, count, than, layer } = question;
    const page = question.group || question.page;
    const range = renewed(question.range, Date.now());
    const { signal } = this.#asking;
    const parameters = { ...spanOf(range), ...chosen };
    let answers;
    try {
      answers = await Promise.all([
        ask(this.#history, "grid", page, { ...parameters, count }, signal),
        ask(this.#history, "elements", page, { ...parameters, limit: MOST_ELEMENTS }, signal),
        ...(than
          ? [ask(this.#history, "compare", page, { ...parameters, ...thanOf(than), layer }, signal)]
          : []),
      ]);
    } catch {
      // Another question has taken its place.
      return;
    }
    const [grid, elements, compared] = answers;
    const failed = answers.find(({ trouble }) => trouble !== null);
    this.waiting = false;
    this.failure = failed?.trouble ? { trouble: failed.trouble, text: failed.text } : null;
    if (!failed) this.found = foundOf(question, range, grid.json, elements.json, compared?.json);
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

/** @param {Range} range what it is compared with */
function thanOf({ from, to }) {
  return { than_from: String(from), than_to: String(to) };
}

/**
 * @param {Question} question
 * @param {Range} range
 * @param {any} grid
 * @param {any} elements
 * @param {any} compared undefined if nothing is
 * @returns {Found}
 */
function foundOf(question, range, grid, elements, compared) {
  const { page, chosen, count } = question;
  const heat = gridOf(grid, formatRange(range, Date.now()));
  const division = divisionOf(elements);
  const { from, to, exact, views } = grid;
  /** @type {import("../core/breakdown.js").Breakdown | null} */
  const breakdown = heat && {
    kind: "breakdown",
    start: from,
    end: to,
    size: heat.size,
    row: heat.row,
    division,
    bands: [],
  };
  const difference = compared ? differenceOf(compared) : null;
  const shown = {
    page,
    band: chosen.band ?? "",
    grid: heat,
    breakdown,
    elements: difference ? comparedElements(difference) : elementsOf(elements),
    count,
    views,
    changes: difference ? changesOf(difference) : undefined,
  };
  return { question, shown, views, from, to, exact, difference };
}

/**
 * The elements that were clicked on in either range, ranked by the page views of both that did.
 *
 * @param {import("./difference.js").Difference} difference
 */
function comparedElements({ elements, before, after }) {
  return [...elements].map(([selector, change]) => {
    const [found] = elementsOf({ elements: [{ selector }] });
    found.clicks.total = Math.round(change.before * before.views + change.after * after.views);
    return found;
  });
}

/** @param {Question | null} one @param {Question | null} other */
function isAlike(one, other) {
  if (!one || !other) return one === other;
  const names = new Set([...Object.keys(one.chosen), ...Object.keys(other.chosen)]);
  return (
    one.page === other.page &&
    one.group === other.group &&
    one.count === other.count &&
    one.layer === other.layer &&
    isSame(one.range, other.range) &&
    isSame(one.than, other.than) &&
    [...names].every((name) => one.chosen[name] === other.chosen[name])
  );
}
