/**
 * Everything drawn over the page: the grid's heat, the heat on elements, and the outline of one element.
 *
 * It follows changes of the page: heat stays on its elements when they move.
 */

import { planOf } from "../core/plan.js";
import { AnchoredLayer } from "./anchored-layer.js";
import { Anchors } from "./anchors.js";
import { HeatLayer } from "./heat-layer.js";
import { Outline } from "./outline.js";
import { PageChanges } from "./page-changes.js";
import { Stage } from "./stage.js";
import { Turns } from "./turns.js";

export class HeatView {
  stage = new Stage();
  /** @type {Anchors} */
  anchors;
  #tiles;
  #spots;
  #outline;
  #changes;
  #preferences;
  #scalesChanged;
  #elementsChanged;
  /** @type {import("../core/plan.js").Plan} */
  #plan = { tiles: [], mark: null };
  /** @type {import("../core/shown.js").Shown | null} */
  #shown = null;

  /**
   * @param {Element} ours the overlay's element
   * @param {import("./preferences.js").Preferences} preferences
   * @param {{ scalesChanged: (scales: import("./legend.js").Scale[]) => void, elementsChanged: () => void }} callbacks
   *   `scalesChanged` gets the legend's scales after each drawing; `elementsChanged` reports new or lost elements
   */
  constructor(ours, preferences, { scalesChanged, elementsChanged }) {
    this.#preferences = preferences;
    this.#scalesChanged = () => scalesChanged(this.#scales);
    this.#elementsChanged = elementsChanged;
    this.anchors = new Anchors(this.stage, ours);
    this.#outline = new Outline(this.stage, this.anchors);
    const turns = new Turns();
    this.#tiles = new HeatLayer(this.stage, turns, preferences, () => this.#scalesChanged());
    this.#spots = new AnchoredLayer(this.stage, turns, this.anchors, () => this.#scalesChanged());
    this.#changes = new PageChanges((find) => this.#remeasure(find));
  }

  /** @param {import("../core/shown.js").Shown} shown */
  show(shown) {
    const before = this.#shown;
    this.#shown = shown;
    const anotherPage = before?.page !== shown.page;
    const elements = before?.elements !== shown.elements;
    if (elements) {
      this.anchors.follow(shown.elements.map(({ selector }) => selector));
      this.anchors.measure();
      this.#changes.observeSizes(this.anchors.elements);
    }
    this.#tiles.show(shown.grid, anotherPage);
    const hadBreakdown = before?.breakdown !== null && before?.breakdown !== undefined;
    if (hadBreakdown !== (shown.breakdown !== null)) this.apply(this.#preferences);
    else if (elements || anotherPage) this.#showSpots(anotherPage);
  }

  /** @param {import("./preferences.js").Preferences} preferences */
  apply(preferences) {
    this.#preferences = preferences;
    this.#plan = planOf(preferences, Boolean(this.#shown?.breakdown));
    const { opacity, fixed, maximum } = preferences;
    const { tiles, mark } = this.#plan;
    this.#tiles.apply(preferences, tiles);
    this.#spots.apply(opacity / 100, fixed && mark ? maximum[mark] : null);
    this.#showSpots(false);
  }

  /** Adopts the size of what scrolls, and checks for unnoticed movement. */
  fit() {
    const resized = this.stage.fit();
    this.#tiles.follow((box) => this.anchors.uncovered(box));
    if (resized) this.#tiles.resize();
    this.#changes.rebuilt();
  }

  /** Draws what is shown once more. */
  redraw() {
    this.#tiles.redraw();
  }

  /** Outlines an element of the page. @param {string | null} selector */
  point(selector) {
    this.#outline.show(selector);
  }

  remove() {
    this.#changes.stop();
    this.#tiles.remove();
    this.#spots.remove();
    this.stage.remove();
  }

  /** @param {boolean} anotherPage */
  #showSpots(anotherPage) {
    const { elements = [], breakdown } = this.#shown ?? {};
    const division = breakdown?.division ?? { spots: 1, spotPx: 1 };
    this.#spots.show(elements, division, this.#plan.mark, anotherPage);
    this.#outline.place();
  }

  /** @param {boolean} find whether elements may have come or gone */
  #remeasure(find) {
    this.stage.follow();
    if (find || this.anchors.lost) {
      this.anchors.find();
      this.#changes.observeSizes(this.anchors.elements);
    }
    this.#tiles.follow((box) => this.anchors.uncovered(box));
    const moved = this.anchors.measure();
    if (moved) {
      this.#spots.place();
      this.#outline.place();
    }
    if (find) this.#elementsChanged();
    return moved;
  }

  /** @returns {import("./legend.js").Scale[]} */
  get #scales() {
    const { tiles, mark } = this.#plan;
    const { heat } = this.#tiles;
    /** @type {import("./legend.js").Scale[]} */
    const scales = tiles.map((name) => ({ name, unit: "tile", maximum: heat[name].maximum }));
    if (mark) scales.push({ name: mark, unit: "spot", maximum: this.#spots.scale.maximum });
    return scales;
  }
}
