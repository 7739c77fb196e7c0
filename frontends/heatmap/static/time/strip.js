/**
 * The strip of time at the foot of the page: which range is shown, and of which visitors.
 *
 * Loaded when it is first opened. While no range is chosen the live heat is shown.
 *
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {{
 *   history: string, page: () => string, band: () => string, changed: () => void,
 *   layer: () => import("../core/plan.js").LayerChoice, heat: import("../view/heat-view.js").HeatView,
 *   prefer: (changes: Partial<import("../view/preferences.js").Preferences>) => void,
 *   lift: (px: number) => void, link: (view: import("../core/view-link.js").View) => string,
 * }} Context
 *   `history`: its origin, "" if none is known. `band` is the chosen width band, "" for all; it is a preference.
 *   `changed` is called when something else is to be shown; `lift` gets the height that is taken at the foot;
 *   `link` makes an address of a view.
 */

import { enter, hasFocus } from "../view/focus.js";
import { Calendar } from "./calendar.js";
import { Chart } from "./chart.js";
import { ChosenTime } from "./chosen-time.js";
import { CompareMenu } from "./compare-menu.js";
import { summaryOf } from "./difference.js";
import { DifferenceLayer } from "./difference-layer.js";
import { Known } from "./known.js";
import { LinkButton } from "./link-button.js";
import { between, rangeOf, spanBefore } from "./ranges.js";
import { headText, labelOf, whenText } from "./said.js";
import { StripView } from "./strip-view.js";
import { VisitorMenu } from "./visitor-menu.js";
import { chosenOf } from "./visitors.js";
import { turned, windowFor } from "./window.js";

const ICONS = {
  calendar: "M3 4.5h10v8.5H3zM3 7.2h10M5.6 3v2.4M10.4 3v2.4",
  visitors: "M2.5 4h11M4.5 8h7M6.5 12h3",
  compare: "M3 5h8.5M9 2.5L11.5 5 9 7.5M13 11H4.5M7 8.5L4.5 11 7 13.5",
};

/** Below the strip. */
const RIM_PX = 12;

/** A range up to now goes on, ms. */
const TICK_MS = 10_000;

export class Strip {
  #context;
  #folded;
  #ending = new AbortController();
  #time;
  #known;
  #window;
  #chart = new Chart((range) => this.#choose(range, true));
  #calendar = new Calendar((from, to) => this.#choose(between(from, to, Date.now())));
  #menu = new VisitorMenu(
    (name, value) => this.#chooseVisitors(name, value),
    (count) => this.#change(() => this.#time.change({ count })),
  );
  #compareMenu = new CompareMenu((than) => this.#change(() => this.#time.compare(than)));
  #link = new LinkButton(
    () => this.#address(),
    () => this.#update(),
  );
  /** @type {DifferenceLayer | null} */
  #differences = null;
  #view;
  #sizes = new ResizeObserver(() => this.#lift());

  /** @param {Context} context @param {() => void} folded called when the strip had the focus and is folded */
  constructor(context, folded) {
    this.#context = context;
    this.#folded = folded;
    this.#time = new ChosenTime(context.band, context.page);
    this.#known = new Known(context.history, () => this.#update(), this.#ending.signal);
    this.#view = new StripView(
      this.#chart.node,
      {
        first: [],
        openers: [
          { label: "Visitors", path: ICONS.visitors, part: this.#menu.node },
          {
            label: "Compare with another range",
            path: ICONS.compare,
            part: this.#compareMenu.node,
          },
          { label: "Dates and times", path: ICONS.calendar, part: this.#calendar.node },
        ],
        last: [this.#link.node],
      },
      [],
      {
        preset: (name) => this.#choose(name && rangeOf(name, Date.now())),
        turned: (how) => this.#look(turned(this.#window, how, this.range, Date.now())),
        alone: () => this.#change(() => this.#time.change({ group: "" })),
        fold: () => this.close(),
        resized: () => this.#lift(),
      },
    );
    this.#window = windowFor(this.range, Date.now());
    this.#sizes.observe(this.node);
    const tick = setInterval(() => this.#tick(), TICK_MS);
    this.#ending.signal.addEventListener("abort", () => clearInterval(tick));
    this.#ask();
  }

  get node() {
    return this.#view.node;
  }

  /** What is added to the page. */
  get nodes() {
    return this.#view.nodes;
  }

  get isOpen() {
    return !this.node.hidden;
  }

  /** The chosen range as it is now; null for the live heat. */
  get range() {
    return this.#time.range;
  }

  /** By what ranges are compared. @returns {"cells" | "elements"} */
  get #kind() {
    return this.#context.layer() === "moves" ? "cells" : "elements";
  }

  /** Of the past, what is shown and said; null for the live heat. */
  get past() {
    const { range } = this;
    if (!range) return null;
    const now = Date.now();
    const { past, segments } = this.#known;
    return {
      label: labelOf(range, now),
      detail: past.waiting ? "loading" : "",
      when: whenText(range, this.#time.than, this.#time.visitors, this.#time.group, past, now),
      message: this.#known.message(this.#time, this.#window, now),
      shown: past.found?.shown ?? null,
      bands: (segments?.band ?? []).map(({ value, views }) => ({ name: value, visitors: views })),
    };
  }

  /** @param {boolean} entered the focus follows */
  open(entered) {
    if (this.isOpen) return;
    this.node.hidden = false;
    this.#change(() => this.#time.change({ open: true }));
    if (entered) enter(this.node);
  }

  close() {
    if (!this.isOpen) return;
    const hadFocus = hasFocus(this.node);
    this.node.hidden = true;
    this.#change(() => this.#time.change({ open: false }));
    if (hadFocus) this.#folded();
  }

  /** Shows what a link asks for. @param {import("../core/view-link.js").View} view */
  show(view) {
    this.node.hidden = false;
    this.#change(() => {
      this.#time.adopt(view);
      if (this.range) this.#window = windowFor(this.range, Date.now());
    });
  }

  /** The page, or the preferences, may be others. */
  follow() {
    this.#ask();
  }

  stop() {
    this.#ending.abort();
    this.#chart.stop();
    this.#sizes.disconnect();
    this.#differences?.remove();
  }

  /** Now is later: a window that ends now goes on. */
  #tick() {
    const now = Date.now();
    const { from, to } = this.#window;
    if (!this.isOpen || document.hidden || to < now - 60_000 - TICK_MS) return;
    if (now - to >= 60_000) this.#window = { from: from + (now - to), to: now };
    this.#ask();
    this.#update();
  }

  /** Asks for what is shown, if it is not known yet. */
  #ask() {
    const window = this.isOpen ? this.#window : null;
    this.#known.ask(this.#context.page(), this.#time, this.#kind, window);
  }

  /** @param {Range | null} range @param {boolean} [brushed] on the chart, which stays as it is */
  #choose(range, brushed = false) {
    if (!brushed) this.#window = windowFor(range, Date.now());
    this.#change(() => this.#time.change({ range }));
  }

  /** @param {import("./visitors.js").Attribute} name @param {string | undefined} value */
  #chooseVisitors(name, value) {
    if (name === "band") this.#context.prefer({ band: value ?? "" });
    else this.#change(() => this.#time.chooseVisitors(name, value));
  }

  /** @param {import("./window.js").Window} window */
  #look(window) {
    this.#window = window;
    this.#ask();
    this.#update();
  }

  /** @param {() => void} change of what is chosen */
  #change(change) {
    this.#link.reset();
    change();
    this.#ask();
    this.#update();
  }

  #update() {
    const now = Date.now();
    const { range } = this;
    const { than, thanChosen, visitors, count } = this.#time;
    const { past, series, segments } = this.#known;
    this.#view.update({
      label: range ? labelOf(range, now) : "Live",
      group: this.#time.group,
      said: headText(range, past, series, now),
      preset: range ? (range.preset ?? undefined) : null,
      isBusy: past.waiting,
      message: this.#known.message(this.#time, this.#window, now) || this.#link.notice,
      isRefused: this.#known.isRefused,
    });
    this.#view.mark(this.#menu.node, chosenOf(visitors).length);
    this.#view.mark(this.#compareMenu.node, than ? 1 : 0);
    this.#menu.update(segments, visitors, count);
    this.#calendar.update(range, now);
    const offered = range && spanBefore(range);
    this.#compareMenu.update(thanChosen, than ?? offered, this.#summary(), now);
    this.#chart.update(this.#window, range, than, series);
    this.#lift();
    this.#context.changed();
    // Now the elements are followed.
    this.#draw();
  }

  /** Draws what changed. */
  #draw() {
    const { heat } = this.#context;
    const difference = (this.range && this.#known.past.found?.difference) ?? null;
    if (difference && !this.#differences) {
      this.#differences = new DifferenceLayer(heat);
      heat.over = this.#differences;
    }
    this.#differences?.show(difference, this.#kind);
  }

  /** What differs, in words; "" if nothing is compared, or it is awaited. */
  #summary() {
    const { found, waiting } = this.#known.past;
    const difference = this.#time.than && !waiting ? found?.difference : null;
    return difference ? summaryOf(difference, this.#kind) : "";
  }

  /** The address that shows the same. */
  #address() {
    const { range, than, count, visitors, group } = this.#time;
    return this.#context.link({
      span: range && { from: range.from, to: range.to },
      than: than && { from: than.from, to: than.to },
      count,
      group,
      chosen: /** @type {Record<string, string>} */ (visitors),
    });
  }

  #lift() {
    const { bottom, top } = this.node.getBoundingClientRect();
    this.#context.lift(this.isOpen ? bottom - top + RIM_PX : 0);
  }
}
