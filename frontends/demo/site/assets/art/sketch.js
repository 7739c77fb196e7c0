/** Builds a picture: SVG shapes in order, and the gradients and filters that they use. */

/** Formats a number for SVG: three decimals of a cm are a tenth of a pixel. */
export const n = (value) => `${Math.round(value * 1000) / 1000}`;

/** An attribute list from an object; `undefined` leaves the attribute out. */
const attributes = (values) =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${typeof value === "number" ? n(value) : value}"`)
    .join("");

export class Sketch {
  #body = [];
  #defs = new Map();

  /** @param {import("./light.js").Light} light the light in which everything is drawn */
  constructor(light) {
    this.light = light;
  }

  /** Add one element; `inner` is SVG. */
  add(tag, values, inner = "") {
    this.#body.push(`<${tag}${attributes(values)}${inner ? `>${inner}</${tag}>` : "/>"}`);
  }

  path(d, values) {
    this.add("path", { d, ...values });
  }

  ellipse(cx, cy, rx, ry, values) {
    this.add("ellipse", { cx, cy, rx, ry, ...values });
  }

  rect(x, y, width, height, values) {
    this.add("rect", { x, y, width, height, ...values });
  }

  /** Draw what `inside` draws, as one group. */
  group(values, inside) {
    this.#body.push(`<g${attributes(values)}>`);
    inside();
    this.#body.push("</g>");
  }

  /** Draw with the origin at x, y and `scale` px per unit. */
  at(x, y, scale, inside) {
    this.group({ transform: `translate(${n(x)} ${n(y)}) scale(${n(scale)})` }, inside);
  }

  /** Add a definition, only once if repeated; returns its `url(#…)`. */
  define(tag, values, inner) {
    const key = `${tag}${attributes(values)}>${inner}`;
    if (!this.#defs.has(key)) this.#defs.set(key, `d${this.#defs.size}`);
    return `url(#${this.#defs.get(key)})`;
  }

  /**
   * @param {[number, string, number?][]} stops offset, colour, opacity
   * @param {object} values x1, y1, x2, y2 (of the shape's box), or other attributes
   */
  linear(stops, values = {}) {
    return this.define("linearGradient", values, stopElements(stops));
  }

  radial(stops, values = {}) {
    return this.define("radialGradient", values, stopElements(stops));
  }

  blur(deviation) {
    const wide = { x: "-60%", y: "-60%", width: "220%", height: "220%" };
    return this.define("filter", wide, `<feGaussianBlur stdDeviation="${n(deviation)}"/>`);
  }

  clip(d) {
    return this.define("clipPath", {}, `<path d="${d}"/>`);
  }

  /** The finished SVG document of `width` by `height` px. */
  toString(width, height, view = [0, 0, width, height]) {
    const defs = [...this.#defs].map(([key, id]) => {
      const tag = key.slice(0, key.search(/[ >]/));
      return `<${tag} id="${id}"${key.slice(tag.length)}</${tag}>`;
    });
    const box = view.map(n).join(" ");
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="${box}" preserveAspectRatio="xMidYMid slice">` +
      `<defs>${defs.join("")}</defs>${this.#body.join("")}</svg>`
    );
  }
}

const stopElements = (stops) =>
  stops
    .map(
      ([offset, colour, opacity]) =>
        `<stop offset="${n(offset)}" stop-color="${colour}"` +
        `${opacity === undefined ? "" : ` stop-opacity="${n(opacity)}"`}/>`,
    )
    .join("");
