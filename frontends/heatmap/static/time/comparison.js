/**
 * What is compared, over the page and in words: by a map of what differs, or by a curtain between the two.
 *
 * @typedef {import("./past.js").Found} Found
 */

import { formatUnit } from "../core/format.js";
import { planOf } from "../core/plan.js";
import { Curtain } from "./curtain.js";
import { summaryOf } from "./difference.js";
import { DifferenceLayer } from "./difference-layer.js";
import { sidesText } from "./said.js";

const ON_ELEMENTS =
  "A curtain has moves, clicks, attention and scroll: choose one of these layers.";

export class Comparison {
  #heat;
  #preferences;
  /** @type {DifferenceLayer | null} */
  #differences = null;
  /** @type {Curtain | null} */
  #curtain = null;

  /**
   * @param {import("../view/heat-view.js").HeatView} heat
   * @param {() => import("../view/preferences.js").Preferences} preferences
   */
  constructor(heat, preferences) {
    this.#heat = heat;
    this.#preferences = preferences;
    heat.over = this;
  }

  /** By what two sides are compared. @returns {"cells" | "elements"} */
  get kind() {
    return this.#preferences().layer === "moves" ? "cells" : "elements";
  }

  /** Draws what is found; null: nothing. @param {Found | null} found @param {Element | null} room of the curtain's edge */
  show(found, room) {
    const beside = found?.beside ?? null;
    const difference = beside ? null : (found?.difference ?? null);
    if (difference) this.#differences ??= new DifferenceLayer(this.#heat);
    this.#differences?.show(difference, this.kind);
    if (beside && room) this.#curtain ??= new Curtain(this.#heat, room);
    if (beside) this.#curtain?.show(beside, namesOf(/** @type {Found} */ (found)));
    else this.#close();
  }

  /** What differs, in words; "" if nothing is compared. @param {Found | null} found */
  summary(found) {
    if (!found?.difference) return "";
    const hasTiles = planOf(this.#preferences(), false).mark === null;
    return found.beside && !hasTiles ? ON_ELEMENTS : summaryOf(found.difference, this.kind);
  }

  /** Follows the page. */
  place() {
    this.#differences?.place();
    this.#curtain?.place();
  }

  remove() {
    this.#differences?.remove();
    this.#close();
  }

  #close() {
    this.#curtain?.remove();
    this.#curtain = null;
  }
}

/** Of both sides, what they are called and the number of page views. @param {Found} found */
function namesOf({ question, difference }) {
  const { range, chosen, than } = question;
  const { own, other } = than
    ? sidesText({ range, chosen }, than, Date.now())
    : { own: "", other: "" };
  const of = (/** @type {number | undefined} */ views) => formatUnit(views ?? 0, "page view");
  return {
    own: { name: own, views: of(difference?.after.views) },
    other: { name: other, views: of(difference?.before.views) },
  };
}
