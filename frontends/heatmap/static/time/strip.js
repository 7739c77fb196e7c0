/**
 * The strip of time at the foot of the page: which range is shown, and of which visitors.
 *
 * Loaded when it is first opened. While no range is chosen the live heat is shown.
 *
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {import("./visitors.js").Chosen} Chosen
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

import { readable } from "../core/address.js";
import { barrierOf, forbids } from "../core/barrier.js";
import { formatUnit } from "../core/format.js";
import { isOfGroup } from "../core/page-pattern.js";
import { copyText } from "../view/copy-text.js";
import { element, iconButton, setText, styleSheet } from "../view/element.js";
import { enter, hasFocus } from "../view/focus.js";
import { loadTime, saveTime } from "../view/preferences.js";
import { tokenChanges } from "../view/token.js";
import { unlockForm } from "../view/unlock.js";
import { Calendar } from "./calendar.js";
import { Chart } from "./chart.js";
import { CompareMenu } from "./compare-menu.js";
import { summaryOf } from "./difference.js";
import { DifferenceLayer } from "./difference-layer.js";
import { Past, spanOf } from "./past.js";
import { between, isPreset, PRESETS, rangeOf, renewed, spanBefore, weekBefore } from "./ranges.js";
import {
  adviceOn,
  countText,
  emptyText,
  labelOf,
  MEANINGS,
  presetLabel,
  unknownText,
} from "./said.js";
import { formatRange } from "./times.js";
import { Told } from "./told.js";
import { VisitorMenu } from "./visitor-menu.js";
import { choosing, chosenOf, chosenText } from "./visitors.js";
import { moved, shareOf, windowFor, zoomed } from "./window.js";

const ICONS = {
  fold: "M4 6.5l4 4 4-4",
  calendar: "M3 4.5h10v8.5H3zM3 7.2h10M5.6 3v2.4M10.4 3v2.4",
  visitors: "M2.5 4h11M4.5 8h7M6.5 12h3",
  compare: "M3 5h8.5M9 2.5L11.5 5 9 7.5M13 11H4.5M7 8.5L4.5 11 7 13.5",
  link: "M6.8 9.2l2.4-2.4M7.4 5.2l1.5-1.5a2.5 2.5 0 0 1 3.5 3.5l-1.5 1.5M8.6 10.8l-1.5 1.5a2.5 2.5 0 0 1-3.5-3.5l1.5-1.5",
  near: "M8 3.5v9M3.5 8h9",
  far: "M3.5 8h9",
  earlier: "M9.5 4L5.5 8l4 4",
  later: "M6.5 4l4 4-4 4",
};

const COPIED = "A link to what is shown is copied.";
const NOT_COPIED = "Not copied: the browser refuses.";

/** @type {{ trouble: import("./ask.js").Trouble, text: string }} */
const AWAY = { trouble: "away", text: "" };

/** By so much of the window it is moved at a time. */
const MOVE = 0.5;

/** Below the strip. */
const RIM_PX = 12;

/** A range up to now goes on, ms. */
const TICK_MS = 10_000;

export class Strip {
  #context;
  #folded;
  #time = loadTime();
  #window = windowFor(null, Date.now());
  #past;
  #series;
  #segments;
  /** @type {import("../core/barrier.js").Barrier | null} */
  #barrier = null;
  #ending = new AbortController();
  /** What was done, until something else is chosen. */
  #notice = "";
  /** While the heat of a group of pages is shown. */
  #group = element("button", {
    type: "button",
    class: "group",
    title: "Show this page alone",
    onclick: () => this.#change({ group: "" }),
  });
  #what = element("strong");
  #said = element("span", { class: "said" });
  #status = element("p", { class: "status", role: "status" });
  #unlock = unlockForm();
  #presets = element("div", { class: "presets", role: "group", "aria-label": "Range" });
  #chart = new Chart((range) => this.#choose(range, true));
  #calendar = new Calendar((from, to) => this.#choose(between(from, to, Date.now())));
  #menu = new VisitorMenu(
    (name, value) => this.#chooseVisitors(name, value),
    (count) => this.#change({ count }),
  );
  #compareMenu = new CompareMenu((than) => this.#compare(than));
  #compareButton = this.#opener(
    "Compare with another range",
    ICONS.compare,
    this.#compareMenu.node,
  );
  /** @type {DifferenceLayer | null} */
  #differences = null;
  #calendarButton = this.#opener("Dates and times", ICONS.calendar, this.#calendar.node);
  #menuButton = this.#opener("Visitors", ICONS.visitors, this.#menu.node);
  #link = iconButton("Copy a link to what is shown", ICONS.link, () => this.#copyLink());
  #near = iconButton("Nearer", ICONS.near, () =>
    this.#look(zoomed(this.#window, -1, Date.now(), this.#middle)),
  );
  #far = iconButton("Farther", ICONS.far, () =>
    this.#look(zoomed(this.#window, 1, Date.now(), this.#middle)),
  );
  #earlier = iconButton("Earlier", ICONS.earlier, () =>
    this.#look(moved(this.#window, -MOVE, Date.now())),
  );
  #later = iconButton("Later", ICONS.later, () =>
    this.#look(moved(this.#window, MOVE, Date.now())),
  );
  #fold = iconButton("Fold the strip of time", ICONS.fold, () => this.close());
  #sheet = styleSheet("time.css");
  #sizes = new ResizeObserver(() => this.#lift());
  node;
  /** What is added to the page. */
  nodes;

  /** @param {Context} context @param {() => void} folded called when the strip had the focus and is folded */
  constructor(context, folded) {
    this.#context = context;
    this.#folded = folded;
    const { history } = context;
    this.#past = new Past(history, () => this.#update());
    this.#series = new Told(history, "series", () => this.#update());
    this.#segments = new Told(history, "segments", () => this.#update());
    this.#barrier = history ? barrierOf(location.protocol, history) : null;
    this.#presets.append(
      this.#preset("live", "Live", "What happens now"),
      ...PRESETS.map((each) => this.#preset(each, presetLabel(each, Date.now()), MEANINGS[each])),
    );
    this.node = element(
      "section",
      { class: "strip", "aria-label": "Time", tabindex: -1, hidden: true },
      element(
        "header",
        {},
        element("p", { class: "what" }, this.#what, " ", this.#said),
        this.#group,
        this.#presets,
        element(
          "div",
          { class: "tools" },
          this.#menuButton,
          this.#compareButton,
          this.#calendarButton,
          this.#link,
          this.#fold,
        ),
      ),
      this.#calendar.node,
      this.#menu.node,
      this.#compareMenu.node,
      this.#status,
      this.#unlock,
      element(
        "div",
        { class: "line" },
        element("div", { class: "steps" }, this.#earlier, this.#near),
        this.#chart.node,
        element("div", { class: "steps" }, this.#later, this.#far),
      ),
    );
    this.#unlock.hidden = true;
    // Without its style sheet it would be unusable.
    this.node.style.visibility = "hidden";
    this.#sheet.addEventListener("load", () => {
      this.node.style.visibility = "";
      this.#lift();
    });
    this.nodes = [this.#sheet, this.node];
    this.node.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    this.#listen();
    if (this.range) this.#window = windowFor(this.range, Date.now());
    this.#ask();
  }

  get isOpen() {
    return !this.node.hidden;
  }

  /** The chosen range as it is now; null for the live heat. @returns {Range | null} */
  get range() {
    const { range } = this.#time;
    return range && renewed(range, Date.now());
  }

  /** What the range is compared with; null for nothing. @returns {Range | null} */
  get than() {
    const { than } = this.#time;
    const { range } = this;
    if (!than || !range) return null;
    if (than === "before") return spanBefore(range);
    return than === "week" ? weekBefore(range) : than;
  }

  /** The pattern of the pages whose heat is shown here; "" for this one alone. */
  get group() {
    const { group, range } = this.#time;
    return range && isOfGroup(this.#context.page(), group) ? group : "";
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
    const { found, waiting, failure } = this.#past;
    const label = labelOf(range, now);
    const when = found && !failure ? countText(found, range, now) : "";
    return {
      label,
      detail: waiting ? "loading" : "",
      when: [
        this.group && `all of ${readable(this.group)}`,
        range.preset ? formatRange(range, now) : "",
        when,
        this.#against(now),
        chosenText(this.#chosen),
      ]
        .filter(Boolean)
        .join(" · "),
      message: this.#message(range, now),
      shown: found?.shown ?? null,
      bands: (this.#segments.json?.band ?? []).map((/** @type {any} */ { value, views }) => ({
        name: value,
        visitors: views,
      })),
    };
  }

  /** @param {boolean} entered the focus follows */
  open(entered) {
    if (this.isOpen) return;
    this.node.hidden = false;
    this.#save({ open: true });
    this.#ask();
    this.#update();
    if (entered) enter(this.node);
  }

  close() {
    if (!this.isOpen) return;
    const hadFocus = hasFocus(this.node);
    this.node.hidden = true;
    this.#save({ open: false });
    this.#update();
    if (hadFocus) this.#folded();
  }

  /** Shows what a link asks for. @param {import("../core/view-link.js").View} view */
  show({ span, than, count, chosen, group = "" }) {
    const { band: _, ...others } = chosen;
    this.#time = {
      ...this.#time,
      range: span && between(span.from, span.to, Date.now()),
      than: than && between(than.from, than.to, Date.now()),
      count,
      chosen: others,
      group,
      open: true,
    };
    this.node.hidden = false;
    if (this.range) this.#window = windowFor(this.range, Date.now());
    this.#save({});
    this.#ask();
    this.#update();
  }

  /** The page, or the preferences, may be others. */
  follow() {
    this.#ask();
  }

  stop() {
    this.#ending.abort();
    for (const part of [this.#past, this.#series, this.#segments]) part.stop();
    this.#chart.stop();
    this.#sizes.disconnect();
    this.#differences?.remove();
  }

  #listen() {
    const { signal } = this.#ending;
    const { history } = this.#context;
    document.addEventListener(
      "securitypolicyviolation",
      (event) => {
        if (history && forbids(event, history)) this.#barrier = "policy";
      },
      { signal },
    );
    const retry = () => this.#past.retry();
    tokenChanges.addEventListener("change", retry, { signal });
    addEventListener("online", retry, { signal });
    const tick = setInterval(() => this.#tick(), TICK_MS);
    signal.addEventListener("abort", () => clearInterval(tick));
    this.#sizes.observe(this.node);
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

  get #chosen() {
    const band = this.#context.band();
    return band ? { ...this.#time.chosen, band } : this.#time.chosen;
  }

  /** Of the window, where it is zoomed at: the range's middle, or its newest end. */
  get #middle() {
    const { range } = this;
    const at = range ? shareOf(this.#window, (range.from + range.to) / 2) : 1;
    return at >= 0 && at <= 1 ? at : 0.5;
  }

  /** Asks for what is shown, if it is not known yet. */
  #ask() {
    const { history, page } = this.#context;
    const { range } = this.#time;
    if (!history) return;
    const [chosen, { count }] = [this.#chosen, this.#time];
    const layer = this.#kind === "cells" ? "move" : "click";
    const { than, group } = this;
    this.#past.show(range && { page: page(), group, range, chosen, count, than, layer });
    const window = { ...this.#window, open: false, preset: null };
    if (this.isOpen) this.#series.show(group || page(), { ...spanOf(window), ...chosen });
    const spanned = range ?? { ...window, open: true };
    if (this.isOpen || range)
      this.#segments.show(group || page(), { ...spanOf(spanned), ...chosen });
  }

  /** @param {Range | null} range @param {boolean} [brushed] on the chart, which stays as it is */
  #choose(range, brushed = false) {
    if (!brushed) this.#window = windowFor(range, Date.now());
    this.#change({ range });
  }

  /** @param {import("./visitors.js").Attribute} name @param {string | undefined} value */
  #chooseVisitors(name, value) {
    if (name === "band") this.#context.prefer({ band: value ?? "" });
    else this.#change({ chosen: choosing(this.#time.chosen, name, value) });
  }

  /** @param {import("./window.js").Window} window */
  #look(window) {
    this.#window = window;
    this.#ask();
    this.#update();
  }

  /** @param {Partial<import("../view/preferences.js").Time>} changes */
  #change(changes) {
    this.#save(changes);
    this.#ask();
    this.#update();
  }

  /** @param {Partial<import("../view/preferences.js").Time>} changes */
  #save(changes) {
    this.#notice = "";
    delete this.#link.dataset.done;
    this.#time = { ...this.#time, ...changes };
    saveTime(this.#time);
  }

  #update() {
    const [{ range }, now] = [this, Date.now()];
    const { found, waiting, failure } = this.#past;
    const series = this.#series.json;
    this.#group.hidden = !this.group;
    setText(this.#group, `All of ${readable(this.group)}`);
    setText(this.#what, range ? labelOf(range, now) : "Live");
    const counted = range && found && !failure ? countText(found, range, now) : "";
    const gaps = range && series ? unknownText(range, series.gaps) : "";
    const exact = range?.preset ? formatRange(range, now) : "";
    setText(
      this.#said,
      range ? [exact, counted, gaps].filter(Boolean).join(" · ") : "the last few minutes",
    );
    this.node.setAttribute("aria-busy", String(waiting));
    const text = range ? this.#message(range, now) : this.#seriesMessage(now);
    setText(this.#status, text || this.#notice);
    this.#unlock.hidden = (failure ?? this.#series.failure)?.trouble !== "refused";
    for (const button of this.#presets.children) {
      const isPressed =
        /** @type {HTMLElement} */ (button).dataset.preset ===
        (range?.preset ?? (range ? "" : "live"));
      button.setAttribute("aria-pressed", String(isPressed));
    }
    const chosen = this.#chosen;
    this.#menuButton.dataset.count = String(chosenOf(chosen).length || "");
    this.#menu.update(this.#segments.json, chosen, this.#time.count);
    this.#calendar.update(range, now);
    const offered = range && spanBefore(range);
    this.#compareMenu.update(this.#time.than, this.than ?? offered, this.#summary(), now);
    this.#compareButton.dataset.count = this.than ? "1" : "";
    this.#chart.update(this.#window, range, this.than, series);
    this.#lift();
    this.#context.changed();
    // Now the elements are followed.
    this.#draw();
  }

  /** Draws what changed. */
  #draw() {
    const { heat } = this.#context;
    const difference = (this.range && this.#past.found?.difference) ?? null;
    if (difference && !this.#differences) {
      this.#differences = new DifferenceLayer(heat);
      heat.over = this.#differences;
    }
    this.#differences?.show(difference, this.#kind);
  }

  /** @param {import("../view/preferences.js").Time["than"]} than */
  #compare(than) {
    const range = this.#time.range ?? (than ? rangeOf("hour", Date.now()) : null);
    this.#change({ than, range });
  }

  /** What differs, in words; "" if nothing is compared, or it is awaited. */
  #summary() {
    const difference = this.#past.found?.difference;
    return this.than && difference && !this.#past.waiting ? summaryOf(difference, this.#kind) : "";
  }

  /** With what it is compared, in words. @param {number} now */
  #against(now) {
    const { than } = this;
    const views = this.#past.found?.difference?.before.views;
    if (!than) return "";
    const of = views === undefined ? "" : `, ${formatUnit(views, "page view")}`;
    return `against ${formatRange(than, now)}${of}`;
  }

  /** @param {Range} range @param {number} now */
  #message(range, now) {
    const { history } = this.#context;
    const { found, failure, waiting } = this.#past;
    const trouble = history ? failure : AWAY;
    if (trouble) return adviceOn(trouble, history, this.#barrier);
    if (waiting || !found) return "";
    const { grid } = found.shown;
    const isEmpty = found.views === 0 && (!grid || grid.moves.total + grid.clicks.total === 0);
    const since = this.#series.json?.since ?? null;
    const isKnown = this.#series.json !== null;
    return isEmpty && isKnown
      ? emptyText(range, since, chosenOf(this.#chosen).length > 0, now)
      : "";
  }

  /** While the heat is live, the strip says what the history lacks. @param {number} now */
  #seriesMessage(now) {
    const { json, failure } = this.#series;
    const { history } = this.#context;
    const trouble = history ? failure : AWAY;
    if (trouble) return adviceOn(trouble, history, this.#barrier);
    if (!json) return "";
    const range = { ...this.#window, open: false, preset: null };
    const isEmpty = json.views.every((/** @type {number} */ views) => views === 0);
    return isEmpty ? emptyText(range, json.since, chosenOf(this.#chosen).length > 0, now) : "";
  }

  async #copyLink() {
    const { range } = this;
    const view = {
      span: range && { from: range.from, to: range.to },
      than: this.than && { from: this.than.from, to: this.than.to },
      count: this.#time.count,
      group: this.group,
      chosen: /** @type {Record<string, string>} */ (this.#chosen),
    };
    const copied = await copyText(this.#context.link(view), this.node);
    this.#link.dataset.done = String(copied);
    this.#notice = copied ? COPIED : NOT_COPIED;
    this.#update();
  }

  #lift() {
    const { bottom, top } = this.node.getBoundingClientRect();
    this.#context.lift(this.isOpen ? bottom - top + RIM_PX : 0);
  }

  /** @param {string} name @param {string} text @param {string} title */
  #preset(name, text, title) {
    const choose = () => this.#choose(isPreset(name) ? rangeOf(name, Date.now()) : null);
    return element(
      "button",
      { type: "button", title, "data-preset": name, "aria-pressed": "false", onclick: choose },
      text,
    );
  }

  /** A button that opens and closes a part. @param {string} label @param {string} path @param {HTMLElement} part */
  #opener(label, path, part) {
    const button = iconButton(label, path, () => {
      part.hidden = !part.hidden;
      button.setAttribute("aria-expanded", String(!part.hidden));
      this.#lift();
    });
    button.setAttribute("aria-expanded", "false");
    return button;
  }
}
