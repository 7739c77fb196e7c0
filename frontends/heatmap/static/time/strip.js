/**
 * The strip of time at the foot of the page: which range is shown, and of which visitors.
 *
 * Loaded when it is first opened. While no range is chosen the live heat is shown.
 *
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {import("./visitors.js").Chosen} Chosen
 * @typedef {{
 *   history: string, broadcaster: string, page: () => string, changed: () => void, heat: import("../view/heat-view.js").HeatView,
 *   preferences: () => Preferences, prefer: (changes: Partial<Preferences>) => void,
 *   lift: (px: number) => void, link: (view: import("../core/view-link.js").View) => string,
 * }} Context
 *   `history`: its origin, "" if none is known; `broadcaster`: its origin. `changed` is called when something else is to be shown; `lift` gets
 *   the height that is taken at the foot; `link` makes an address of a view.
 * @typedef {import("../view/preferences.js").Preferences} Preferences
 */

import { hasFocus } from "../view/focus.js";
import { Calendar } from "./calendar.js";
import { Chart } from "./chart.js";
import { ChosenTime } from "./chosen-time.js";
import { CompareMenu } from "./compare-menu.js";
import { Comparison } from "./comparison.js";
import { FilmControl } from "./film-control.js";
import { Known } from "./known.js";
import { LinkButton } from "./link-button.js";
import { Notes } from "./notes.js";
import { between, rangeOf } from "./ranges.js";
import { headText, labelOf, whenText } from "./said.js";
import { ShareMenu } from "./share-menu.js";
import { StripView } from "./strip-view.js";
import { VisitorMenu } from "./visitor-menu.js";
import { ATTRIBUTES, chosenOf, isSameChoice } from "./visitors.js";
import { turned, windowFor } from "./window.js";

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
  #compareMenu = new CompareMenu({
    than: (than) => this.#change(() => this.#time.compare(than)),
    sides: (own, other) => this.#compareVisitors(own, other),
    curtain: (curtain) => this.#change(() => this.#time.change({ curtain })),
  });
  #link = new LinkButton(
    () => this.#context.link(this.#time.view),
    () => this.#update(),
  );
  #comparison;
  #film;
  #notes;
  #share;
  #view;
  #sizes = new ResizeObserver(() => this.#lift());

  /** @param {Context} context @param {() => void} folded called when the strip had the focus and is folded */
  constructor(context, folded) {
    this.#context = context;
    this.#folded = folded;
    this.#time = new ChosenTime(() => context.preferences().band, context.page);
    this.#known = new Known(context.history, () => this.#update(), this.#ending.signal);
    this.#comparison = new Comparison(context.heat, context.preferences);
    const parts = { time: this.#time, known: this.#known, chart: this.#chart };
    this.#film = new FilmControl(context, parts, () => this.#change(() => {}));
    this.#notes = new Notes(
      context.history,
      () => this.#update(),
      () => this.#view.reveal(this.#notes.node),
    );
    this.#chart.node.append(this.#notes.marks);
    this.#share = new ShareMenu(context, () => this.#shown);
    this.#view = new StripView(
      {
        visitors: this.#menu.node,
        comparison: this.#compareMenu.node,
        calendar: this.#calendar.node,
        notes: this.#notes.node,
        share: this.#share.node,
      },
      { film: this.#film.button, link: this.#link.node },
      { film: this.#film.room, chart: this.#chart.node },
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

  /** Of the past, what is shown and said; null for the live heat. */
  get past() {
    const { range } = this;
    if (!range) return null;
    const now = Date.now();
    const { past, segments } = this.#known;
    const film = this.#film.playing;
    const { than, visitors, group } = this.#time;
    const when = whenText(range, than, visitors, group, past, now);
    return {
      label: labelOf(range, now),
      detail: past.waiting ? "loading" : film ? "film" : "",
      isLoading: past.waiting,
      when: film?.meaning ?? when,
      message: this.#known.message(this.#time, this.#window, now),
      shown: film?.shown ?? past.found?.shown ?? null,
      bands: (segments?.band ?? []).map(({ value, views }) => ({ name: value, visitors: views })),
    };
  }

  /** What others are to be shown. @returns {import("./share-menu.js").Shown} */
  get #shown() {
    const { range, visitors: chosen, group, view } = this.#time;
    const { layer } = this.#context.preferences();
    const link = (/** @type {string | undefined} */ token) =>
      this.#context.link({ ...view, token });
    return { page: this.#context.page(), group, range, chosen, layer, link };
  }

  /** @param {boolean} entered the focus follows */
  open(entered) {
    if (this.isOpen) return;
    this.node.hidden = false;
    this.#change(() => this.#time.change({ open: true }));
    if (entered) this.#view.enter();
  }

  close() {
    if (!this.isOpen) return;
    const hadFocus = hasFocus(this.node);
    this.#film.leave();
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
    this.#update();
  }

  stop() {
    this.#ending.abort();
    this.#film.stop();
    this.#notes.stop();
    this.#chart.stop();
    this.#sizes.disconnect();
    this.#comparison.remove();
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
    this.#known.ask(this.#context.page(), this.#time, this.#comparison.kind, window);
    this.#film.follow();
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

  /** @param {Chosen} own changes of whose page views are shown @param {Chosen | null} other beside them */
  #compareVisitors(own, other) {
    if (other) this.#change(() => this.#time.compare({ chosen: other }));
    for (const name of ATTRIBUTES) if (name in own) this.#chooseVisitors(name, own[name]);
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
    const { than, visitors, count } = this.#time;
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
    const compared = range ? past.found : null;
    const isSaid = than !== null && !past.waiting;
    const summary = isSaid ? this.#comparison.summary(compared) : "";
    this.#view.mark(this.#menu.node, chosenOf(visitors).length);
    this.#view.mark(this.#compareMenu.node, than ? 1 : 0);
    this.#menu.update(segments, visitors, count);
    this.#calendar.update(range, now);
    this.#compareMenu.update(this.#time, segments, summary, now);
    if (this.isOpen) {
      this.#notes.show(this.#time.group || this.#context.page(), this.#window, range);
    }
    this.#view.mark(this.#notes.node, this.#notes.count);
    this.#share.update();
    const isOther = than !== null && isSameChoice(than.chosen, visitors);
    this.#chart.update(this.#window, range, isOther ? than.range : null, series);
    this.#lift();
    this.#context.changed();
    // Now the elements are followed.
    this.#comparison.show(compared, this.node.closest(".ours"));
  }

  #lift() {
    const { bottom, top } = this.node.getBoundingClientRect();
    this.#context.lift(this.isOpen ? bottom - top + RIM_PX : 0);
  }
}
