/**
 * The panel in the corner: state, counts, legend and what can be set. It folds to a dot.
 *
 * It holds no state but the preferences: it is told what to show, and tells what was chosen.
 *
 * @typedef {import("./preferences.js").Preferences} Preferences
 * @typedef {{
 *   preferencesChanged: (preferences: Preferences) => void,
 *   pauseToggled: () => void,
 *   drawerToggled: () => void,
 * }} PanelActions
 */

import { formatCount } from "../core/format.js";
import { choice, slider } from "./controls.js";
import { element, iconButton, setText } from "./element.js";
import { Legend } from "./legend.js";

const ICONS = {
  pause: "M5.5 3.5v9M10.5 3.5v9",
  resume: "M5 3.2v9.6l7.5-4.8z",
  fold: "M4 6.5l4 4 4-4",
};

const NOTE =
  "Moves are exact within one width band (other window widths lay the page out differently) " +
  "and outside parts that stay fixed while the page scrolls.";

export class Panel {
  legend = new Legend();
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
  #message = element("p", { class: "message", role: "status" });
  #visit = element(
    "a",
    { class: "visit", target: "_blank", rel: "noopener" },
    "Open it on the site",
  );
  #pause = iconButton("Pause", ICONS.pause, () => this.#actions.pauseToggled());
  #fold = iconButton("Fold the panel", ICONS.fold, () => this.#setFolded(true));
  #dot = element(
    "button",
    { type: "button", class: "dot", onclick: () => this.#setFolded(false) },
    element("i"),
  );
  #maximum = element("input", { type: "number", min: 1, max: 1_000_000, step: 1 });
  #card;
  drawerButton = element(
    "button",
    { type: "button", class: "wide", "aria-haspopup": "dialog" },
    "Warm pages",
  );

  /**
   * @param {Preferences} preferences
   * @param {PanelActions} actions
   */
  constructor(preferences, actions) {
    this.#preferences = preferences;
    this.#actions = actions;
    this.drawerButton.addEventListener("click", () => actions.drawerToggled());
    this.#card = element(
      "section",
      { class: "card", "aria-label": "Heat of this page" },
      element(
        "header",
        {},
        element("i", { class: "light" }),
        element("span", { class: "state" }, this.#word, this.#detail),
        this.#pause,
        this.#fold,
      ),
      this.#message,
      this.#visit,
      element("p", { class: "counts" }, ...this.#countCells()),
      this.legend.node,
      element("div", { class: "settings" }, ...this.#settings()),
      element("details", {}, element("summary", {}, "How exact is this?"), element("p", {}, NOTE)),
      this.drawerButton,
    );
    this.node = element("aside", { class: "panel" }, this.#card, this.#dot);
    this.#showPreferences();
  }

  /**
   * @param {{
   *   condition: import("../core/connection.js").Condition, word: string, detail: string,
   *   message: string, visit: string | null, paused: boolean,
   *   grid: import("../core/grid.js").Grid | null,
   * }} what `visit` is the page's address on the site
   */
  update({ condition, word, detail, message, visit, paused, grid }) {
    this.node.dataset.condition = paused ? "paused" : condition;
    setText(this.#word, word);
    setText(this.#detail, detail);
    setText(this.#message, message);
    this.#visit.hidden = visit === null;
    if (visit) this.#visit.href = visit;
    this.#count("moves", grid?.moves.total ?? 0);
    this.#count("clicks", grid?.clicks.total ?? 0);
    this.#count("visitors", grid?.visitors ?? 0);
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

  /** @param {"moves" | "clicks" | "visitors"} name @param {number} count */
  #count(name, count) {
    setText(this.#counts[name], formatCount(count));
    setText(this.#units[name], count === 1 ? name.slice(0, -1) : name);
  }

  #countCells() {
    return Object.entries(this.#counts).map(([name, count]) =>
      element("span", {}, count, " ", this.#units[/** @type {"moves"} */ (name)]),
    );
  }

  #settings() {
    const { layer, smooth, opacity, fixed } = this.#preferences;
    this.#maximum.setAttribute("aria-label", "Count of the hottest colour");
    this.#maximum.addEventListener("input", () => {
      const { maximum } = this.#preferences;
      const chosen = this.#maximum.valueAsNumber;
      if (chosen >= 1) this.#change({ maximum: { ...maximum, [this.#scaled]: chosen } });
    });
    return [
      choice("Layer", { moves: "Moves", clicks: "Clicks", both: "Both" }, layer, (chosen) =>
        this.#change({ layer: /** @type {Preferences["layer"]} */ (chosen) }),
      ),
      choice("Look", { smooth: "Smooth", tiles: "Tiles" }, smooth ? "smooth" : "tiles", (chosen) =>
        this.#change({ smooth: chosen === "smooth" }),
      ),
      choice("Scale", { auto: "Auto", fixed: "Fixed" }, fixed ? "fixed" : "auto", (chosen) =>
        this.#setFixed(chosen === "fixed"),
      ),
      element("div", { class: "maximum" }, this.#maximum, element("span")),
      slider("Opacity", opacity, (percent) => this.#change({ opacity: percent })),
    ];
  }

  /** The layer whose scale can be set: of two shown, the moves. */
  get #scaled() {
    return this.#preferences.layer === "clicks" ? "clicks" : "moves";
  }

  /** A fixed scale begins where the automatic one stands. @param {boolean} fixed */
  #setFixed(fixed) {
    const { maximum } = this.#preferences;
    if (!fixed) return this.#change({ fixed });
    const now = this.legend.maximum;
    this.#change({
      fixed,
      maximum: { moves: now.moves || maximum.moves, clicks: now.clicks || maximum.clicks },
    });
  }

  /** @param {boolean} folded */
  #setFolded(folded) {
    this.#change({ folded });
    (folded ? this.#dot : this.#fold).focus();
  }

  /** @param {Partial<Preferences>} changes */
  #change(changes) {
    this.#preferences = { ...this.#preferences, ...changes };
    this.#showPreferences();
    this.#actions.preferencesChanged(this.#preferences);
  }

  #showPreferences() {
    const { folded, fixed, layer, maximum } = this.#preferences;
    this.#card.hidden = folded;
    this.#dot.hidden = !folded;
    const row = /** @type {HTMLElement} */ (this.#maximum.parentElement);
    row.hidden = !fixed;
    setText(/** @type {Node} */ (row.lastChild), `${this.#scaled} a tile`);
    const value = String(maximum[this.#scaled]);
    if (Number(this.#maximum.value) !== Number(value)) this.#maximum.value = value;
    this.legend.choose(layer);
  }
}
