/**
 * What is known of the chosen time: its heat, the sparkline, and the visitors to choose from; or why it is not.
 *
 * @typedef {import("./ask.js").Trouble} Trouble
 * @typedef {import("./chosen-time.js").ChosenTime} ChosenTime
 */

import { barrierOf, forbids } from "../core/barrier.js";
import { tokenChanges } from "../view/token.js";
import { Past, spanOf } from "./past.js";
import { adviceOn, emptyText } from "./said.js";
import { Told } from "./told.js";
import { chosenOf } from "./visitors.js";

/** @type {{ trouble: Trouble, text: string }} */
const AWAY = { trouble: "away", text: "" };

export class Known {
  #history;
  #series;
  #segments;
  /** @type {import("../core/barrier.js").Barrier | null} */
  #barrier;
  past;

  /**
   * @param {string} history origin, "" if none is known
   * @param {() => void} changed
   * @param {AbortSignal} signal ends it
   */
  constructor(history, changed, signal) {
    this.#history = history;
    this.past = new Past(history, changed);
    this.#series = new Told(history, "series", changed);
    this.#segments = new Told(history, "segments", changed);
    this.#barrier = history ? barrierOf(location.protocol, history) : null;
    document.addEventListener(
      "securitypolicyviolation",
      (event) => {
        if (history && forbids(event, history)) this.#barrier = "policy";
      },
      { signal },
    );
    const retry = () => this.past.retry();
    tokenChanges.addEventListener("change", retry, { signal });
    addEventListener("online", retry, { signal });
    signal.addEventListener("abort", () => {
      for (const part of [this.past, this.#series, this.#segments]) part.stop();
    });
  }

  /** The sparkline's; null if it is not known yet. @returns {import("./bars.js").Series | null} */
  get series() {
    return this.#series.json;
  }

  /** The numbers of page views by visitor; null if they are not known yet. @returns {import("./answers.js").Segments | null} */
  get segments() {
    return this.#segments.json;
  }

  /** Whether the history refuses access without a token. */
  get isRefused() {
    return (this.past.failure ?? this.#series.failure)?.trouble === "refused";
  }

  /**
   * Asks for what is not known yet.
   *
   * @param {string} page
   * @param {ChosenTime} time
   * @param {"cells" | "elements"} kind by which ranges are compared
   * @param {import("./window.js").Window | null} window of the sparkline; null while it is not seen
   */
  ask(page, time, kind, window) {
    if (!this.#history) return;
    const { chosen: range, visitors: chosen, count, than, hasCurtain, group } = time;
    const layer = kind === "cells" ? "moves" : "clicks";
    this.past.show(range && { page, group, range, chosen, count, than, layer, hasCurtain });
    const asked = group || page;
    if (window) this.#series.show(asked, { ...spanOf(fixed(window)), ...chosen });
    const spanned = range ?? (window && { ...fixed(window), open: true });
    if (spanned) this.#segments.show(asked, { ...spanOf(spanned), ...chosen });
  }

  /** What to do about a failure. @param {{ trouble: Trouble, text: string }} failure */
  advice(failure) {
    return adviceOn(failure, this.#history, this.#barrier);
  }

  /**
   * Why a range is not shown, or is empty; "" if there is nothing to say. While the heat is live, what the history
   * lacks.
   *
   * @param {ChosenTime} time
   * @param {import("./window.js").Window} window
   * @param {number} now
   */
  message(time, window, now) {
    const { range } = time;
    const failure = range ? this.past.failure : this.#series.failure;
    const trouble = this.#history ? failure : AWAY;
    if (trouble) return this.advice(trouble);
    const isEmpty = range ? this.#isPastEmpty() : this.series?.views.every((views) => views === 0);
    if (!isEmpty || !this.series) return "";
    const isChosen = chosenOf(time.visitors).length > 0;
    return emptyText(range ?? fixed(window), this.series.since, isChosen, now);
  }

  #isPastEmpty() {
    const { found, waiting } = this.past;
    if (waiting || !found) return false;
    const { grid } = found.shown;
    return found.views === 0 && (!grid || grid.moves.total + grid.clicks.total === 0);
  }
}

/** The window as a range. @param {import("./window.js").Window} window @returns {import("./ranges.js").Range} */
const fixed = ({ from, to }) => ({ from, to, open: false, preset: null });
