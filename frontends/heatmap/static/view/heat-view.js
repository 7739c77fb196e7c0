/**
 * Everything drawn over the page: the grid's heat, the heat on elements, what was in view, and the outline of one
 * element.
 *
 * It follows changes of the page: heat stays on its elements when they move.
 */

import { planOf } from "../core/plan.js";
import { AnchoredLayer } from "./anchored-layer.js";
import { Anchors } from "./anchors.js";
import { HeatLayer } from "./heat-layer.js";
import { Outline } from "./outline.js";
import { PageChanges } from "./page-changes.js";
import { RowLayer } from "./row-layer.js";
import { Stage } from "./stage.js";
import { Turns } from "./turns.js";

/** @type {Record<import("../core/looks.js").RowLayer, string>} */
const ROW_UNITS = { attention: "a row", scroll: "" };

/** @type {import("../core/plan.js").Plan} */
const NO_HEAT = { tiles: [], mark: null, rows: null };

export class HeatView {
  stage = new Stage();
  /** @type {Anchors} */
  anchors;
  #tiles;
  #spots;
  #rows;
  #outline;
  #changes;
  #preferences;
  /** Bars may have come or gone. */
  #barsDue = true;
  #scalesChanged;
  #elementsChanged;
  /** What else lies over the page, and follows it. @type {{ place: () => void } | null} */
  over = null;
  /** @type {import("../core/plan.js").Plan} */
  #plan = NO_HEAT;
  /** @type {import("../core/shown.js").Shown | null} */
  #shown = null;
  #ours;
  /** Another over the same page. @type {HeatView | null} */
  #twin = null;

  /**
   * @param {Element} ours the overlay's element
   * @param {import("./preferences.js").Preferences} preferences
   * @param {{ scalesChanged: (scales: import("./legend.js").Scale[]) => void, elementsChanged: () => void }} callbacks
   *   `scalesChanged` gets the legend's scales after each drawing; `elementsChanged` reports new or lost elements
   */
  constructor(ours, preferences, { scalesChanged, elementsChanged }) {
    this.#ours = ours;
    this.#preferences = preferences;
    this.#scalesChanged = () => scalesChanged(this.#scales);
    this.#elementsChanged = elementsChanged;
    this.anchors = new Anchors(this.stage, ours);
    this.#outline = new Outline(this.stage, this.anchors);
    const turns = new Turns();
    this.#tiles = new HeatLayer(this.stage, turns, preferences, () => this.#scalesChanged());
    this.#spots = new AnchoredLayer(this.stage, turns, this.anchors, () => this.#scalesChanged());
    this.#rows = new RowLayer(this.stage, turns, () => this.#scalesChanged());
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
    const grid = shown.drawn ?? shown.grid;
    this.#tiles.show(grid, anotherPage);
    this.#rows.show(grid, anotherPage);
    const another =
      before?.count !== shown.count || Boolean(before?.isCovered) !== Boolean(shown.isCovered);
    if (another || hasSpots(before) !== hasSpots(shown)) {
      this.apply(this.#preferences);
    } else if (elements || anotherPage) this.#showSpots(anotherPage);
  }

  /** @param {import("./preferences.js").Preferences} preferences */
  apply(preferences) {
    this.#preferences = preferences;
    this.#plan = this.#shown?.isCovered ? NO_HEAT : planOf(preferences, hasSpots(this.#shown));
    const { opacity, fixed, maximum } = preferences;
    const { tiles, mark, rows } = this.#plan;
    this.#tiles.apply(preferences, tiles);
    this.#rows.apply(rows, preferences, fixed && rows ? maximum[rows] : null);
    this.#spots.apply(opacity / 100, fixed && mark ? maximum[mark] : null);
    this.#showSpots(false);
    this.#twin?.apply(preferences);
  }

  /** Another over the same page, with the same preferences: of the other side of a curtain. It is made once. */
  twin() {
    const nothing = () => {};
    const callbacks = { scalesChanged: nothing, elementsChanged: nothing };
    this.#twin ??= new HeatView(this.#ours, this.#preferences, callbacks);
    this.stage.nodes[this.stage.nodes.length - 1].after(...this.#twin.stage.nodes);
    this.#twin.fit();
    return this.#twin;
  }

  endTwin() {
    this.#twin?.remove();
    this.#twin = null;
  }

  /** Adopts the size of what scrolls, and checks for unnoticed movement. */
  fit() {
    const resized = this.stage.fit();
    this.#follow();
    if (resized) {
      this.#tiles.resize();
      this.#rows.resize();
      this.over?.place();
    }
    this.#changes.rebuilt();
    this.#twin?.fit();
  }

  /** Draws what is shown once more. */
  redraw() {
    this.#tiles.redraw();
    this.#rows.redraw();
    this.#twin?.redraw();
  }

  /** Marks the place that is read, px of what scrolls. @param {number | null} y null for none @param {string} text */
  read(y, text) {
    this.#rows.point(y, text);
  }

  /** Outlines an element of the page. @param {string | null} selector */
  point(selector) {
    this.#outline.show(selector);
  }

  remove() {
    this.endTwin();
    this.#changes.stop();
    this.#tiles.remove();
    this.#spots.remove();
    this.#rows.remove();
    this.stage.remove();
  }

  /** @param {boolean} anotherPage */
  #showSpots(anotherPage) {
    const { elements = [], breakdown } = this.#shown ?? {};
    const division = breakdown?.division ?? { spots: 1, spotPx: 1 };
    this.#spots.show(elements, division, this.#plan.mark, anotherPage);
    this.#outline.place();
  }

  #follow() {
    const uncovered = (/** @type {import("../core/boxes.js").Box} */ box) =>
      this.anchors.uncovered(box);
    this.#tiles.follow(uncovered);
    this.#rows.follow(uncovered);
  }

  /** @param {boolean} find whether elements may have come or gone */
  #remeasure(find) {
    this.stage.follow();
    if (find || this.anchors.lost) {
      this.anchors.find();
      this.#changes.observeSizes(this.anchors.elements);
      this.#barsDue = true;
    } else if (this.#barsDue) {
      this.anchors.findBars();
      this.#barsDue = false;
    }
    this.#follow();
    const moved = this.anchors.measure();
    if (moved) {
      this.#spots.place();
      this.#outline.place();
      this.over?.place();
    }
    if (find) this.#elementsChanged();
    return moved || this.#barsDue;
  }

  /** @returns {import("./legend.js").Scale[]} */
  get #scales() {
    const { tiles, mark, rows } = this.#plan;
    const { heat } = this.#tiles;
    const basis = this.#shown?.basis ?? "";
    /** @type {import("./legend.js").Scale[]} */
    const scales = tiles.map((name) => ({
      name,
      unit: `a tile ${basis}`.trim(),
      maximum: heat[name].maximum,
      ofViews: this.#shown?.count === "views",
    }));
    if (mark) scales.push({ name: mark, unit: "a spot", maximum: this.#spots.scale.maximum });
    if (rows) {
      const unit = `${ROW_UNITS[rows]} ${rows === "attention" ? basis : ""}`.trim();
      scales.push({ name: rows, unit, maximum: this.#rows.scale.maximum });
    }
    return scales;
  }
}

/**
 * Whether clicks are drawn on their elements: which page views came to a spot is not counted.
 *
 * @param {import("../core/shown.js").Shown | null} shown
 */
const hasSpots = (shown) => Boolean(shown?.breakdown) && shown?.count !== "views";
