/**
 * The legend: the colours of the shown heat, from 0 to the scale's end.
 *
 * @typedef {import("../core/colours.js").HeatName} HeatName
 * @typedef {{ name: HeatName, unit: string, maximum: number, ofViews?: boolean }} Scale
 *   `ofViews`: page views are counted, not what they did. `maximum` is the hottest colour's count per `unit`, such as "a tile", of shares ""; 0 while there is no heat.
 */

import { COLOURS, STEPS } from "../core/colours.js";
import { formatAmount, formatCount, formatUnit } from "../core/format.js";
import { element, setText } from "./element.js";

/** @type {Record<HeatName, string>} */
const NONE = {
  moves: "no moves",
  clicks: "no clicks",
  rage: "no rage clicks",
  dead: "no dead clicks",
  dwell: "no dwell",
  attention: "nothing in view",
  scroll: "no page views",
};

const VIEW = "page view";

export class Legend {
  node = element("div", { class: "legend" });
  /** @type {Map<HeatName, Scale>} what is shown */
  shown = new Map();
  #views = new Map(
    /** @type {HeatName[]} */ (Object.keys(COLOURS)).map((it) => [it, createView(it)]),
  );

  constructor() {
    this.node.append(...[...this.#views.values()].map((view) => view.node));
  }

  /** @param {Scale[]} scales of exactly the shown layers */
  update(scales) {
    this.shown = new Map(scales.map((scale) => [scale.name, scale]));
    for (const [name, view] of this.#views) {
      const scale = this.shown.get(name);
      view.node.hidden = !scale;
      if (!scale) continue;
      // Few seconds have tenths.
      const maximum = name === "attention" ? scale.maximum : Math.round(scale.maximum);
      const counted = scale.ofViews ? formatUnit(maximum, VIEW) : formatAmount(maximum, name);
      const amount = `${counted} ${scale.unit}`.trim();
      view.node.classList.toggle("cold", maximum === 0);
      setText(view.end, maximum === 0 ? NONE[name] : amount);
      setText(view.middle, maximum >= 4 ? formatCount(maximum / 2) : "");
      const label = `Colours: ${maximum === 0 ? NONE[name] : `0 to ${amount}`}`;
      if (view.bar.getAttribute("aria-label") !== label) view.bar.setAttribute("aria-label", label);
    }
  }
}

/** @param {HeatName} name */
function createView(name) {
  const bar = element("canvas", { width: STEPS, height: 1, role: "img" });
  const context = /** @type {CanvasRenderingContext2D} */ (bar.getContext("2d"));
  context.putImageData(new ImageData(COLOURS[name], STEPS, 1), 0, 0);
  const middle = element("span");
  const end = element("span");
  const numbers = element("p", {}, element("span", {}, "0"), middle, end);
  const node = element("div", { class: `scale ${name}`, hidden: true }, bar, numbers);
  return { node, bar, middle, end };
}
