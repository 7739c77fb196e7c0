/**
 * The strip of time on the page: a head with what is shown, presets and tools, then what the tools open, then the
 * sparkline.
 *
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {import("./ranges.js").Preset} Preset
 * @typedef {{
 *   visitors: HTMLElement, comparison: HTMLElement, calendar: HTMLElement, notes: HTMLElement, share: HTMLElement,
 * }} Parts that are opened and closed
 * @typedef {{ film: HTMLElement, link: HTMLElement }} Buttons
 * @typedef {"nearer" | "farther" | "earlier" | "later"} Turn
 * @typedef {{
 *   preset: (name: Preset | null) => void, turned: (how: Turn) => void, alone: () => void, fold: () => void,
 *   resized: () => void,
 * }} Actions `preset` gets null for the live heat; `alone`: this page's own heat is to be shown
 */

import { readable } from "../core/address.js";
import { element, iconButton, setText, styleSheet } from "../view/element.js";
import { enter } from "../view/focus.js";
import { unlockForm } from "../view/unlock.js";
import { isPreset, PRESETS } from "./ranges.js";
import { MEANINGS, presetLabel } from "./said.js";

/** What opens and closes each part. @type {Record<keyof Parts, { label: string, path: string }>} */
const OPENERS = {
  visitors: { label: "Visitors", path: "M2.5 4h11M4.5 8h7M6.5 12h3" },
  comparison: {
    label: "Compare",
    path: "M3 5h8.5M9 2.5L11.5 5 9 7.5M13 11H4.5M7 8.5L4.5 11 7 13.5",
  },
  calendar: {
    label: "Dates and times",
    path: "M3 4.5h10v8.5H3zM3 7.2h10M5.6 3v2.4M10.4 3v2.4",
  },
  notes: { label: "Notes", path: "M4.5 13.5v-11M4.5 3h7l-1.8 2.6 1.8 2.6h-7" },
  share: { label: "Share", path: "M8 10V2.5M5.4 4.9L8 2.5l2.6 2.4M4 8H3v5.5h10V8h-1" },
};

const ICONS = {
  fold: "M4 6.5l4 4 4-4",
  nearer: "M8 3.5v9M3.5 8h9",
  farther: "M3.5 8h9",
  earlier: "M9.5 4L5.5 8l4 4",
  later: "M6.5 4l4 4-4 4",
};

const LIVE = "live";

/** Then there is room for one open part: as in the style sheet. */
const narrow = matchMedia("(max-width: 640px)");

export class StripView {
  #actions;
  #what = element("strong");
  #said = element("span", { class: "said" });
  #status = element("p", { class: "status", role: "status" });
  #unlock = unlockForm();
  /** While the heat of a group of pages is shown. */
  #group = element("button", {
    type: "button",
    class: "group",
    title: "Show this page alone",
    hidden: true,
    onclick: () => this.#actions.alone(),
  });
  #presets = element("div", { class: "presets", role: "group", "aria-label": "Range" });
  /** @type {Map<HTMLElement, HTMLButtonElement>} the button that opens a part */
  #openers = new Map();
  #sheets = ["time.css", "chart.css", "compare.css"].map(styleSheet);
  /** The focus is to follow once it can be seen. */
  #isAwaited = false;
  node;
  /** What is added to the page. */
  nodes;

  /**
   * @param {Parts} parts
   * @param {Buttons} buttons
   * @param {{ film: HTMLElement, chart: HTMLElement }} rows
   * @param {Actions} actions
   */
  constructor(parts, buttons, rows, actions) {
    this.#actions = actions;
    this.#presets.append(
      this.#preset(LIVE, "Live", "What happens now"),
      ...PRESETS.map((each) => this.#preset(each, presetLabel(each, Date.now()), MEANINGS[each])),
    );
    const fold = iconButton("Fold the strip of time", ICONS.fold, () => actions.fold());
    const names = /** @type {(keyof Parts)[]} */ (Object.keys(OPENERS));
    const openers = names.map((name) => this.#opener(OPENERS[name], parts[name]));
    this.node = element(
      "section",
      { class: "strip", "aria-label": "Time", tabindex: -1, hidden: true },
      element(
        "header",
        {},
        element("p", { class: "what" }, this.#what, " ", this.#said),
        this.#group,
        this.#presets,
        buttons.film,
        element("div", { class: "tools" }, ...openers, buttons.link, fold),
      ),
      element("div", { class: "opened" }, ...names.map((name) => parts[name])),
      this.#status,
      this.#unlock,
      rows.film,
      element(
        "div",
        { class: "line" },
        this.#steps("Earlier", "earlier", "Nearer", "nearer"),
        rows.chart,
        this.#steps("Later", "later", "Farther", "farther"),
      ),
    );
    this.#unlock.hidden = true;
    // Without its style sheets it would be unusable.
    this.node.style.visibility = "hidden";
    let missing = this.#sheets.length;
    const arrived = () => {
      if (--missing > 0) return;
      this.node.style.visibility = "";
      if (this.#isAwaited) enter(this.node);
      actions.resized();
    };
    for (const sheet of this.#sheets) sheet.addEventListener("load", arrived);
    this.nodes = [...this.#sheets, this.node];
    this.node.addEventListener("keydown", (event) => {
      if (event.key === "Escape") actions.fold();
    });
  }

  /**
   * @param {{
   *   label: string, group: string, said: string, preset: Preset | null | undefined, isBusy: boolean, message: string,
   *   isRefused: boolean,
   * }} shown `preset` is null for the live heat, undefined for a range of one's own
   */
  update({ label, group, said, preset, isBusy, message, isRefused }) {
    setText(this.#what, label);
    this.#group.hidden = !group;
    setText(this.#group, `All of ${readable(group)}`);
    setText(this.#said, said);
    this.node.setAttribute("aria-busy", String(isBusy));
    setText(this.#status, message);
    this.#unlock.hidden = !isRefused;
    const pressed = preset === null ? LIVE : preset;
    for (const button of this.#presets.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.preset === pressed));
    }
  }

  /** Gives it the focus; what is not seen yet cannot have it. */
  enter() {
    this.#isAwaited = this.node.style.visibility !== "";
    if (!this.#isAwaited) enter(this.node);
  }

  /** Opens a part. @param {HTMLElement} part */
  reveal(part) {
    if (part.hidden) this.#openers.get(part)?.click();
  }

  /** Says on a part's button how much is chosen there. @param {HTMLElement} part @param {number} count 0 for nothing */
  mark(part, count) {
    const button = this.#openers.get(part);
    if (button) button.dataset.count = String(count || "");
  }

  /** @param {string} name @param {string} text @param {string} title */
  #preset(name, text, title) {
    const onclick = () => this.#actions.preset(isPreset(name) ? name : null);
    return element(
      "button",
      { type: "button", title, "data-preset": name, "aria-pressed": "false", onclick },
      text,
    );
  }

  /** @param {{ label: string, path: string }} tool @param {HTMLElement} part */
  #opener({ label, path }, part) {
    const button = iconButton(label, path, () => {
      const isOpen = Boolean(part.hidden);
      if (narrow.matches) for (const [other] of this.#openers) this.#show(other, false);
      this.#show(part, isOpen);
      this.#actions.resized();
    });
    button.setAttribute("aria-expanded", "false");
    this.#openers.set(part, button);
    return button;
  }

  /** @param {HTMLElement} part @param {boolean} isOpen */
  #show(part, isOpen) {
    part.hidden = !isOpen;
    this.#openers.get(part)?.setAttribute("aria-expanded", String(isOpen));
  }

  /** @param {string} move @param {Turn} moves @param {string} zoom @param {Turn} zooms */
  #steps(move, moves, zoom, zooms) {
    return element(
      "div",
      { class: "steps" },
      iconButton(move, ICONS[moves], () => this.#actions.turned(moves)),
      iconButton(zoom, ICONS[zooms], () => this.#actions.turned(zooms)),
    );
  }
}
