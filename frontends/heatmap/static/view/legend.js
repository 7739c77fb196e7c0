/** The legend: the colours of the shown layers, from 0 to the scale's end. */

import { COLOURS, STEPS } from "../core/colours.js";
import { formatCount, formatUnit } from "../core/format.js";
import { LAYERS } from "../core/heat.js";
import { element, setText } from "./element.js";

/** @typedef {import("../core/heat.js").LayerName} LayerName */

export class Legend {
  node = element("div", { class: "legend" });
  /** What the hottest colours stand for, events a tile; 0 while there is no heat. */
  maximum = { moves: 0, clicks: 0 };
  #scales = new Map(LAYERS.map((layer) => [layer, createScale(layer)]));

  constructor() {
    this.node.append(...[...this.#scales.values()].map((scale) => scale.node));
  }

  /** @param {import("../core/raster.js").LayerChoice} layer */
  choose(layer) {
    for (const [name, { node }] of this.#scales) node.hidden = layer !== "both" && layer !== name;
  }

  /** @param {import("../core/heat.js").Heat} heat */
  update(heat) {
    for (const [name, scale] of this.#scales) {
      const maximum = Math.round(heat[name].maximum);
      if (maximum === this.maximum[name] && scale.end.textContent) continue;
      this.maximum[name] = maximum;
      scale.node.classList.toggle("cold", maximum === 0);
      const unit = name.slice(0, -1);
      setText(scale.end, maximum === 0 ? `no ${name}` : `${formatUnit(maximum, unit)} a tile`);
      setText(scale.middle, maximum >= 4 ? formatCount(maximum / 2) : "");
      const said = maximum === 0 ? `no ${name}` : `0 to ${formatUnit(maximum, unit)} a tile`;
      scale.bar.setAttribute("aria-label", `Colours: ${said}`);
    }
  }
}

/** @param {LayerName} layer */
function createScale(layer) {
  const bar = element("canvas", { width: STEPS, height: 1, role: "img" });
  const context = /** @type {CanvasRenderingContext2D} */ (bar.getContext("2d"));
  context.putImageData(new ImageData(COLOURS[layer], STEPS, 1), 0, 0);
  const middle = element("span");
  const end = element("span");
  const numbers = element("p", {}, element("span", {}, "0"), middle, end);
  return { node: element("div", { class: `scale ${layer}` }, bar, numbers), bar, middle, end };
}
