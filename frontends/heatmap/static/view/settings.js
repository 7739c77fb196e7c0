/**
 * The panel's settings: what to show, whose, and how it looks.
 *
 * @typedef {import("./preferences.js").Preferences} Preferences
 * @typedef {import("../core/colours.js").HeatName} HeatName
 */

import { formatCount } from "../core/format.js";
import { rowsOf } from "../core/plan.js";
import { choice, select, slider } from "./controls.js";
import { element, setText } from "./element.js";

/** @type {Record<HeatName, string>} */
const PLURALS = {
  moves: "moves",
  clicks: "clicks",
  rage: "rage clicks",
  dead: "dead clicks",
  dwell: "seconds",
  attention: "seconds",
  scroll: "%",
};

export class Settings {
  #preferences;
  #changed;
  #layer;
  #kind;
  #scaling;
  #visitors;
  #maximum = element("input", {
    type: "number",
    min: 1,
    max: 1_000_000,
    step: 1,
    "aria-label": "Count of the hottest colour",
  });
  #unit = element("span");
  #maximumRow = element("div", { class: "maximum" }, this.#maximum, this.#unit);
  /** @type {import("./legend.js").Scale[]} */
  #scales = [];

  /**
   * @param {Preferences} preferences
   * @param {(changes: Partial<Preferences>) => void} changed
   */
  constructor(preferences, changed) {
    this.#preferences = preferences;
    this.#changed = changed;
    this.#layer = this.#choice("Layer", "layer", {
      moves: "Moves",
      clicks: "Clicks",
      both: "Both",
      dwell: "Dwell",
      attention: "Attention",
      scroll: "Scroll",
    });
    this.#kind = this.#choice("Clicks", "kind", { clicks: "All", rage: "Rage", dead: "Dead" });
    this.#scaling = choice(
      "Scale",
      { auto: "Auto", fixed: "Fixed" },
      preferences.fixed ? "fixed" : "auto",
      (chosen) => this.#setFixed(chosen === "fixed"),
    );
    this.#visitors = select("Visitors", (band) => this.#change({ band }));
    this.#maximum.addEventListener("input", () => this.#setMaximum());
    this.node = element(
      "div",
      { class: "settings" },
      this.#layer.node,
      this.#kind.node,
      this.#visitors.node,
      choice(
        "Look",
        { smooth: "Smooth", tiles: "Tiles" },
        preferences.smooth ? "smooth" : "tiles",
        (chosen) => this.#change({ smooth: chosen === "smooth" }),
      ).node,
      this.#scaling.node,
      this.#maximumRow,
      slider("Opacity", preferences.opacity, (opacity) => this.#change({ opacity })),
    );
    this.#show();
  }

  /** Adopts what was chosen elsewhere. @param {Partial<Preferences>} changes */
  adopt(changes) {
    this.#preferences = { ...this.#preferences, ...changes };
    this.#layer.choose(this.#preferences.layer);
    this.#kind.choose(this.#preferences.kind);
    this.#show();
  }

  /**
   * Sets the width bands to choose from.
   *
   * @param {{ name: string, visitors: number }[]} bands
   */
  offer(bands) {
    const { band } = this.#preferences;
    const warm = bands.filter(({ name, visitors }) => visitors > 0 || name === band);
    if (band && warm.every(({ name }) => name !== band)) warm.push({ name: band, visitors: 0 });
    // A single band has all visitors: nothing to choose.
    this.#visitors.node.hidden = warm.length < 2 && !band;
    const options = warm.map(({ name, visitors }) => [
      name,
      `${titled(name)} · ${formatCount(visitors)}`,
    ]);
    this.#visitors.offer([["", "All widths"], ...options], band);
  }

  /** Sets the current scales. @param {import("./legend.js").Scale[]} scales */
  scale(scales) {
    this.#scales = scales;
    const [first] = scales;
    if (first)
      setText(this.#unit, `${first.ofViews ? "page views" : PLURALS[first.name]} ${first.unit}`);
  }

  /**
   * @template {"layer" | "kind"} Name
   * @param {string} label
   * @param {Name} name
   * @param {Record<Preferences[Name], string>} options
   */
  #choice(label, name, options) {
    return choice(label, options, this.#preferences[name], (chosen) =>
      this.#change({ [name]: chosen }),
    );
  }

  /** The layer whose scale can be set: moves if two are shown. @returns {HeatName} */
  get #scaled() {
    const { layer, kind } = this.#preferences;
    if (layer === "dwell") return "dwell";
    const rows = rowsOf(layer);
    if (rows) return rows;
    return layer === "clicks" ? kind : "moves";
  }

  #setMaximum() {
    const chosen = this.#maximum.valueAsNumber;
    if (!(chosen >= 1)) return;
    this.#change({ maximum: { ...this.#preferences.maximum, [this.#scaled]: chosen } });
  }

  /** A fixed scale starts with the automatic one's values. @param {boolean} fixed */
  #setFixed(fixed) {
    const maximum = { ...this.#preferences.maximum };
    if (fixed) {
      for (const scale of this.#scales) {
        maximum[scale.name] = Math.round(scale.maximum) || maximum[scale.name];
      }
    }
    this.#change({ fixed, maximum });
  }

  /** @param {Partial<Preferences>} changes */
  #change(changes) {
    this.#preferences = { ...this.#preferences, ...changes };
    this.#show();
    this.#changed(changes);
  }

  #show() {
    const { fixed, layer, maximum } = this.#preferences;
    this.#kind.node.hidden = layer !== "clicks" && layer !== "both";
    // The scale of shares is always from 0 to 100 %.
    this.#scaling.node.hidden = layer === "scroll";
    this.#maximumRow.hidden = !fixed || layer === "scroll";
    const value = maximum[this.#scaled];
    if (this.#maximum.valueAsNumber !== value) this.#maximum.value = String(value);
  }
}

/** A band's name for display. @param {string} name */
function titled(name) {
  if (name === "unknown") return "Unknown width";
  return name.charAt(0).toUpperCase() + name.slice(1);
}
