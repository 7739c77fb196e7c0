/**
 * The sparkline of page views, and the range on it: brushed by pointer, or moved by keys.
 *
 * It has three sliders: the range's begin, the range as a whole, and its end.
 *
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {import("./window.js").Window} Window
 * @typedef {import("./window.js").Grip} Grip
 */

import { formatUnit } from "../core/format.js";
import { element, setText } from "../view/element.js";
import { barAt, drawingOf, gapAt, pathOf } from "./bars.js";
import { Brush } from "./brush.js";
import { between } from "./ranges.js";
import { formatMoment, formatRange, ticksOf } from "./times.js";
import { pointed, pressed, shareOf, timeAt } from "./window.js";

const SVG = "http://www.w3.org/2000/svg";

/** Height of the bars, px. */
const HEIGHT = 34;

/** A bar's width, and a label's, px at least. */
const BAR_PX = 5;
const TICK_PX = 84;

export class Chart {
  #chosen;
  #window = { from: 0, to: 1 };
  /** @type {Range | null} */
  #range = null;
  /** @type {Range | null} */
  #than = null;
  /** @type {import("./bars.js").Series | null} */
  #series = null;
  #drawing = drawingOf(
    { from: 0, to: 0, step: 60_000, views: [], since: null, gaps: [] },
    this.#window,
    1,
  );
  #path = document.createElementNS(SVG, "path");
  #svg = document.createElementNS(SVG, "svg");
  #gaps = element("div", { class: "gaps" });
  #ticks = element("div", { class: "ticks", "aria-hidden": "true" });
  #from = this.#slider("from", "Begin of the range");
  #to = this.#slider("to", "End of the range");
  #move = this.#slider("move", "Range");
  #other = element("div", { class: "than", hidden: true });
  #cursor = element("div", { class: "cursor", hidden: true });
  #head = element("div", { class: "playhead", hidden: true });
  #tip = element("div", { class: "tip", hidden: true });
  #field = element(
    "div",
    { class: "field" },
    this.#svg,
    this.#gaps,
    this.#other,
    this.#cursor,
    this.#move,
    this.#from,
    this.#to,
    this.#head,
    this.#tip,
  );
  node = element("div", { class: "chart", role: "group" }, this.#field, this.#ticks);
  #brush;
  #sizes = new ResizeObserver(() => this.#draw());

  /** @param {(range: Range) => void} chosen gets each range while it is brushed */
  constructor(chosen) {
    this.#chosen = chosen;
    this.#svg.setAttribute("aria-hidden", "true");
    this.#svg.setAttribute("preserveAspectRatio", "none");
    this.#svg.append(this.#path);
    const shown = () => ({ window: this.#window, range: this.#range });
    this.#brush = new Brush(this.#field, shown, {
      chosen,
      pressed: (time) => this.#press(time),
      pointed: (x) => this.#point(x),
    });
    this.#sizes.observe(this.#field);
  }

  /**
   * @param {Window} window
   * @param {Range | null} range
   * @param {Range | null} than what it is compared with
   * @param {import("./bars.js").Series | null} series null if it is not known yet
   */
  update(window, range, than, series) {
    const same = window === this.#window && series === this.#series;
    this.#window = window;
    this.#series = series;
    this.#range = range;
    this.#than = than;
    if (!same) this.#draw();
    this.#place();
  }

  /** Marks where a film is. @param {number | null} at null without a film */
  mark(at) {
    const share = at === null ? -1 : shareOf(this.#window, at);
    this.#head.hidden = share < 0 || share > 1;
    this.#head.style.left = `${100 * share}%`;
  }

  stop() {
    this.#sizes.disconnect();
  }

  #draw() {
    const [width, series, window] = [this.#brush.width, this.#series, this.#window];
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    if (series) {
      this.#drawing = drawingOf(series, window, Math.max(1, Math.floor(width / BAR_PX)));
      this.#path.setAttribute("d", pathOf(this.#drawing, window, width, HEIGHT));
      this.#gaps.replaceChildren(...this.#drawing.gaps.map((gap) => spanned("gap", gap, window)));
      this.node.setAttribute("aria-label", this.#said());
    }
    this.node.dataset.known = String(series !== null);
    const ticks = ticksOf(window, Math.max(2, Math.floor(width / TICK_PX)));
    const room = 1 - TICK_PX / 2 / width;
    this.#ticks.replaceChildren(
      ...ticks
        .filter(({ at }) => shareOf(window, at) < room)
        .map(({ at, text }) => {
          const tick = element("span", {}, text);
          tick.style.left = `${100 * shareOf(window, at)}%`;
          return tick;
        }),
    );
  }

  /** What the sparkline shows, in words. */
  #said() {
    const { bars, gaps } = this.#drawing;
    let views = 0;
    for (const bar of bars) views += bar.views;
    const away = gaps.length > 0 ? `; nothing is known of ${formatUnit(gaps.length, "span")}` : "";
    return `${formatUnit(views, "page view")}, ${formatRange(this.#window, Date.now())}${away}`;
  }

  /** @param {{ to: number }} gap */
  #whyNothing({ to }) {
    const { since } = this.#series ?? { since: null };
    const isBefore = since === null || to <= since;
    return isBefore ? "nothing was collected yet" : "nothing is known, the service was away";
  }

  #place() {
    const [range, window, now] = [this.#range, this.#window, Date.now()];
    for (const node of [this.#from, this.#to, this.#move]) node.hidden = range === null;
    this.#other.hidden = this.#than === null;
    if (this.#than) lay(this.#other, this.#than, window);
    if (!range) return;
    lay(this.#move, range, window);
    for (const grip of /** @type {const} */ (["from", "to"])) {
      const node = grip === "from" ? this.#from : this.#to;
      const share = shareOf(window, range[grip]);
      node.style.left = `${100 * Math.min(1, Math.max(0, share))}%`;
      say(node, range[grip], window, formatMoment(range[grip], now));
    }
    if (range.open) this.#to.setAttribute("aria-valuetext", "now");
    say(this.#move, range.from, window, formatRange(range, now));
  }

  /** @param {Exclude<Grip, "new">} grip @param {string} label */
  #slider(grip, label) {
    const node = element("div", {
      class: grip === "move" ? "range" : `end ${grip}`,
      role: "slider",
      tabindex: 0,
      "aria-label": label,
      hidden: true,
    });
    node.addEventListener("keydown", (event) => {
      const next = this.#range && pressed(grip, this.#range, event, this.#window, Date.now());
      if (!next) return;
      event.preventDefault();
      this.#chosen(next);
    });
    return node;
  }

  /** Chooses the bar at a time. @param {number} time */
  #press(time) {
    const bar = barAt(this.#drawing, time);
    if (bar) this.#chosen(between(bar.from, bar.to, Date.now()));
  }

  /** Says what is at a px. @param {number | null} x null for none */
  #point(x) {
    const width = this.#brush.width;
    const isOn = x !== null && x >= 0 && x <= width && this.#series !== null;
    this.#cursor.hidden = !isOn;
    this.#tip.hidden = !isOn;
    if (!isOn) return;
    const now = Date.now();
    const time = timeAt(this.#window, x / width);
    const bar = barAt(this.#drawing, time);
    const away = gapAt(this.#drawing, time);
    if (!this.#brush.isHeld) this.#field.dataset.over = this.#brush.gripAt(x);
    this.#cursor.style.left = `${x}px`;
    const text = this.#brush.isHeld
      ? formatMoment(pointed(this.#window, x, width), now)
      : bar && !(away && bar.views === 0)
        ? `${formatRange(bar, now)}: ${formatUnit(bar.views, "page view")}`
        : away
          ? `${formatRange(away, now)}: ${this.#whyNothing(away)}`
          : formatMoment(time, now);
    setText(this.#tip, text);
    const room = this.#tip.offsetWidth / 2;
    this.#tip.style.left = `${Math.min(width - room, Math.max(room, x))}px`;
  }
}

/** @param {string} name @param {{ from: number, to: number }} span @param {Window} window */
function spanned(name, span, window) {
  const node = element("div", { class: name });
  lay(node, span, window);
  return node;
}

/** Lays a node over a span of the window. @param {HTMLElement} node @param {{ from: number, to: number }} span @param {Window} window */
function lay({ style }, { from, to }, window) {
  const left = Math.max(0, shareOf(window, from));
  const right = Math.min(1, shareOf(window, to));
  style.left = `${100 * left}%`;
  style.width = `${100 * Math.max(0, right - left)}%`;
}

/** @param {HTMLElement} node @param {number} value @param {Window} window @param {string} text */
function say(node, value, { from, to }, text) {
  node.setAttribute("aria-valuemin", String(Math.round(Math.min(from, value))));
  node.setAttribute("aria-valuemax", String(Math.round(Math.max(to, value))));
  node.setAttribute("aria-valuenow", String(Math.round(value)));
  node.setAttribute("aria-valuetext", text);
}
