/**
 * The panel: state, counts, legend and settings. It folds to a dot, and can be moved.
 *
 * Its only state is the preferences: `update` sets what it shows, and actions report the analyst's choices.
 *
 * @typedef {import("./preferences.js").Preferences} Preferences
 * @typedef {{
 *   preferencesChanged: (preferences: Preferences) => void,
 *   pauseToggled: () => void,
 *   elementsToggled: () => void,
 *   drawerToggled: () => void,
 * }} PanelActions
 */

import { exactness } from "../core/exactness.js";
import { formatCount, formatUnit } from "../core/format.js";
import { element, iconButton, setText } from "./element.js";
import { hasFocus } from "./focus.js";
import { FOLD_KEY } from "./keys.js";
import { Legend } from "./legend.js";
import { LooksText } from "./looks-text.js";
import { PageLine } from "./page-line.js";
import { Placing } from "./placing.js";
import { Settings } from "./settings.js";
import { unlockForm } from "./unlock.js";

const ICONS = {
  pause: "M5.5 3.5v9M10.5 3.5v9",
  resume: "M5 3.2v9.6l7.5-4.8z",
  fold: "M4 6.5l4 4 4-4",
  grip: "M6 4v.01M10 4v.01M6 8v.01M10 8v.01M6 12v.01M10 12v.01",
};

/** Keys and what they do. */
const KEYS = [
  [FOLD_KEY, "hides the panel and its lists, and shows it again"],
  ["Arrow keys", "on the six dots move the panel, with Shift further; Home puts it back"],
  ["Escape", "closes a list"],
];

const UNPLACED =
  "They arrived without the page's size, as requests of the old form do, so their place is unknown. " +
  "They get a place as soon as any visitor sends the size.";

export class Panel {
  #legend = new Legend();
  #settings;
  #actions;
  #preferences;
  #word = element("strong");
  #detail = element("span", { class: "detail" });
  #counts = {
    moves: element("b"),
    clicks: element("b"),
    visitors: element("b"),
  };
  #units = {
    moves: element("span"),
    clicks: element("span"),
    visitors: element("span"),
  };
  #when = element("p", { class: "when", hidden: true });
  #message = element("p", { class: "message", role: "status" });
  #unlock = unlockForm();
  #visit = element(
    "a",
    { class: "visit", target: "_blank", rel: "noopener", "data-pageheat-away": true },
    "Open it on the site",
  );
  #pause = iconButton("Pause", ICONS.pause, () => this.#actions.pauseToggled());
  #fold = iconButton(`Fold the panel (${FOLD_KEY})`, ICONS.fold, () => this.setFolded(true));
  #grip = iconButton("Move the panel with arrow keys, or drag it", ICONS.grip, () => {});
  #dot = element(
    "button",
    { type: "button", class: "dot", onclick: () => this.setFolded(false) },
    element("i"),
  );
  #unplaced = note("unplaced", UNPLACED);
  #exact = note("", "");
  page = new PageLine();
  looks = new LooksText();
  #card;
  elementsButton = wideButton("Elements", () => this.#actions.elementsToggled());
  drawerButton = wideButton("Warm pages", () => this.#actions.drawerToggled());

  /** @type {Placing} */
  placing;

  /**
   * @param {Preferences} preferences
   * @param {PanelActions} actions
   * @param {Element} ours the overlay's element
   */
  constructor(preferences, actions, ours) {
    this.#preferences = preferences;
    this.#actions = actions;
    this.#settings = new Settings(preferences, (changes) => this.#change(changes));
    setText(this.#exact.summary, "How exact is this?");
    const keys = KEYS.flatMap(([key, text]) => [element("dt", {}, key), element("dd", {}, text)]);
    const help = element(
      "details",
      {},
      element("summary", {}, "Keys"),
      element("dl", { class: "keys" }, ...keys),
    );
    const head = element(
      "header",
      {},
      element("i", { class: "light" }),
      element("span", { class: "state" }, this.#word, this.#detail),
      this.#grip,
      this.#pause,
      this.#fold,
    );
    this.#card = element(
      "section",
      { class: "card", "aria-label": "Heat of this page" },
      head,
      this.page.node,
      this.#when,
      this.#message,
      this.#unlock,
      this.#visit,
      element("p", { class: "counts" }, ...this.#countCells()),
      this.#unplaced.node,
      this.#legend.node,
      this.looks.node,
      this.#settings.node,
      element("div", { class: "notes" }, this.#exact.node, help),
      element("nav", {}, this.elementsButton, this.drawerButton),
    );
    this.node = element("aside", { class: "panel" }, this.#card, this.#dot);
    this.#fold.setAttribute("aria-keyshortcuts", FOLD_KEY);
    this.placing = new Placing(this.node, ours, preferences.place, (place) =>
      this.#change({ place }),
    );
    for (const handle of [head, this.#grip, this.#dot]) this.placing.dragAt(handle);
    this.placing.steerAt(this.#grip);
    this.#grip.classList.add("grip");
    this.#showFolded();
  }

  /**
   * @param {{
   *   condition: import("../core/connection.js").Condition | "past", word: string, detail: string,
   *   message: string, visit: string | null, paused: boolean, when: string | null,
   *   grid: import("../core/grid.js").Grid | null, division: import("../core/spots.js").Division | undefined,
   *   bands: { name: string, visitors: number }[], isLoading?: boolean,
   * }} state `visit` is the page's address on the site; `when`: of when and how exact it is, null for live;
   *   `isLoading`: nothing is counted until there is a grid
   */
  update(state) {
    const { condition, word, detail, message, visit, paused, when, grid, division, bands } = state;
    this.node.dataset.condition = paused ? "paused" : condition;
    setText(this.#word, word);
    setText(this.#detail, detail);
    setText(this.#message, message);
    this.#unlock.hidden = condition !== "refused";
    this.#visit.hidden = visit === null;
    if (visit) this.#visit.href = visit;
    const none = state.isLoading ? null : 0;
    this.#count("moves", grid?.moves.total ?? none);
    this.#count("clicks", grid?.clicks.total ?? none);
    this.#count("visitors", grid ? grid.visitors : none, when === null ? "visitor" : "page view");
    this.#when.hidden = when === null;
    setText(this.#when, when ?? "");
    this.#pause.hidden = when !== null;
    const unplaced = grid?.unplaced ?? 0;
    this.#unplaced.node.hidden = unplaced === 0;
    setText(this.#unplaced.summary, `${formatUnit(unplaced, "click")} without a place`);
    this.#settings.offer(bands);
    setText(this.#exact.text, exactness(grid, division));
    const label = paused ? "Resume" : "Pause";
    if (this.#pause.title !== label) {
      this.#pause.title = label;
      this.#pause.setAttribute("aria-label", label);
      this.#pause.querySelector("path")?.setAttribute("d", paused ? ICONS.resume : ICONS.pause);
    }
    const dotLabel = `Heat map: ${word}. Show the panel`;
    if (this.#dot.title !== dotLabel) {
      this.#dot.title = dotLabel;
      this.#dot.setAttribute("aria-label", dotLabel);
    }
  }

  /** Sets the scales of the colours. @param {import("./legend.js").Scale[]} scales */
  scale(scales) {
    this.#legend.update(scales);
    this.#settings.scale(scales);
  }

  /** @param {"moves" | "clicks" | "visitors"} name @param {number | null} count null if unknown @param {string} [unit] */
  #count(name, count, unit = name.slice(0, -1)) {
    setText(this.#counts[name], count === null ? "–" : formatCount(count));
    setText(this.#units[name], count === 1 ? unit : `${unit}s`);
  }

  #countCells() {
    return Object.entries(this.#counts).map(([name, count]) =>
      element("span", {}, count, " ", this.#units[/** @type {"moves"} */ (name)]),
    );
  }

  get isFolded() {
    return this.#preferences.folded;
  }

  /** Adopts what was chosen elsewhere. @param {Partial<Preferences>} changes */
  adopt(changes) {
    this.#settings.adopt(changes);
    this.#change(changes);
  }

  /** @param {boolean} folded @param {boolean} [hidden] all else of ours, too */
  setFolded(folded, hidden = false) {
    const hadFocus = hasFocus(this.node);
    this.#change({ folded, hidden });
    this.#showFolded();
    if (hadFocus) (folded ? this.#dot : this.#fold).focus();
  }

  #showFolded() {
    this.#card.hidden = this.#preferences.folded;
    this.#dot.hidden = !this.#preferences.folded;
  }

  /** @param {Partial<Preferences>} changes */
  #change(changes) {
    this.#preferences = { ...this.#preferences, ...changes };
    this.#actions.preferencesChanged(this.#preferences);
  }
}

/** @param {string} name @param {string} text below its summary, when open */
function note(name, text) {
  const summary = element("summary");
  const below = element("p", {}, text);
  return { summary, text: below, node: element("details", { class: name }, summary, below) };
}

/** @param {string} text @param {() => void} onclick */
function wideButton(text, onclick) {
  return element(
    "button",
    { type: "button", class: "wide", "aria-haspopup": "dialog", onclick },
    text,
  );
}
