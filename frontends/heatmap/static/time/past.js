/**
 * The heat of a range: asks for it, and keeps the newest answer as what the layers show.
 *
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {import("./ask.js").Trouble} Trouble
 * @typedef {{
 *   page: string, group: string, range: Range, chosen: import("./visitors.js").Chosen, count: "events" | "views",
 *   than: import("./chosen-time.js").Side | null, layer: "moves" | "clicks", hasCurtain: boolean,
 * }} Question
 *   `group`: the pattern of the pages whose heat is shown on this one, "" for its own; `than`: what it is compared with, by moves or clicks; `hasCurtain`: the heat of both is wanted.
 * @typedef {{
 *   question: Question, shown: import("../core/shown.js").Shown, views: number, from: number, to: number, exact: string,
 *   storedTo: number | null, difference: import("./difference.js").Difference | null, beside: import("../core/shown.js").Shown | null,
 * }} Found
 *   `beside`: what is shown of what it is compared with, if there is a curtain.
 *   `exact`: "to the minute", "to the hour", "to the day"; `from` and `to` are rounded so.
 *   `storedTo`: until when the answer is complete; null if that is not known yet.
 */

import { divisionOf, elementsOf, gridOf } from "./answers.js";
import { ask } from "./ask.js";
import { changesOf, differenceOf } from "./difference.js";
import { isSame, renewed } from "./ranges.js";
import { BASIS_TEXT, onOneScale } from "./sides.js";
import { formatRange } from "./times.js";
import { chosenOf, differenceBetween, isSameChoice } from "./visitors.js";

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
    const { chosen, count, than, layer, hasCurtain } = question;
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
          ? [
              ask(
                this.#history,
                "compare",
                page,
                { ...parameters, ...thanOf(question), layer },
                signal,
              ),
            ]
          : []),
        ...(than && hasCurtain
          ? [ask(this.#history, "grid", page, { ...sideOf(than), count }, signal)]
          : []),
      ]);
    } catch {
      // Another question has taken its place.
      return;
    }
    const [grid, elements, compared, other] = answers.map(({ json }) => json);
    const failed = answers.find(({ trouble }) => trouble !== null);
    this.waiting = false;
    this.failure = failed?.trouble ? { trouble: failed.trouble, text: failed.text } : null;
    if (!failed) this.found = foundOf(question, range, { grid, elements, compared, other });
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

/** The parameters of a side. @param {import("./chosen-time.js").Side} side */
const sideOf = ({ range, chosen }) => ({ ...spanOf(renewed(range, Date.now())), ...chosen });

/** The parameters of what it is compared with: only those that differ. @param {Question} question */
function thanOf({ chosen, than }) {
  /** @type {Record<string, string>} */
  const found = {};
  if (!than) return found;
  const { from, to } = than.range;
  if (isSameChoice(chosen, than.chosen)) return { than_from: String(from), than_to: String(to) };
  for (const name of chosenOf(than.chosen)) {
    const value = than.chosen[name];
    if (value !== undefined && value !== chosen[name]) found[`than_${name}`] = value;
  }
  return found;
}

/**
 * @param {Question} question
 * @param {Range} range
 * @param {{ grid: any, elements: any, compared?: any, other?: any }} answers
 * @returns {Found}
 */
function foundOf(question, range, { grid, elements, compared, other }) {
  const { page, chosen, count, than } = question;
  const now = Date.now();
  const heat = gridOf(grid, formatRange(range, now));
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
  const otherHeat = other && than ? gridOf(other, formatRange(than.range, now)) : null;
  const sides = heat && otherHeat ? onOneScale(otherHeat, heat) : null;
  const shown = {
    page,
    band: chosen.band ?? "",
    grid: heat,
    drawn: sides?.[1],
    basis: sides ? BASIS_TEXT : undefined,
    // On elements heat has a scale of its own.
    breakdown: sides ? null : breakdown,
    elements: difference ? comparedElements(difference) : elementsOf(elements),
    count,
    views,
    changes: difference && than ? changesOf(difference, namesOf(question, than)) : undefined,
    isCovered: difference !== null && sides === null,
  };
  const beside = sides && { ...shown, grid: otherHeat, drawn: sides[0], elements: [] };
  return {
    question,
    shown,
    beside,
    views,
    from,
    to,
    exact,
    storedTo: grid["stored-to"],
    difference,
  };
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
  return (
    one.page === other.page &&
    one.group === other.group &&
    one.count === other.count &&
    one.layer === other.layer &&
    isSame(one.range, other.range) &&
    one.hasCurtain === other.hasCurtain &&
    isSame(one.than?.range ?? null, other.than?.range ?? null) &&
    isSameChoice(one.chosen, other.chosen) &&
    isSameChoice(one.than?.chosen ?? {}, other.than?.chosen ?? {})
  );
}

/** What is said of elements that only one of the two has. @param {Question} question @param {import("./chosen-time.js").Side} than */
function namesOf({ chosen }, than) {
  if (isSameChoice(chosen, than.chosen)) return { before: "gone", after: "new" };
  const differing = differenceBetween(chosen, than.chosen);
  return { before: `only ${differing.other}`, after: `only ${differing.own}` };
}
