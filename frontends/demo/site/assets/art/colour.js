/** Colours: sRGB hex in the interface, linear light (three numbers, 0 to about 1) inside. */

/** @typedef {number[]} Linear red, green, blue */

const toLinear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const toGamma = (c) => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);

/** Above this, light is compressed rather than clipped, as on film. */
const SHOULDER = 0.7;

const expose = (c) =>
  c <= SHOULDER ? c : SHOULDER + (1 - SHOULDER) * (1 - Math.exp((SHOULDER - c) / (1 - SHOULDER)));

/**
 * @param {string} hex as "#a1b2c3"
 * @returns {Linear}
 */
export function linear(hex) {
  const n = Number.parseInt(hex.slice(1), 16);
  return [toLinear((n >> 16) / 255), toLinear(((n >> 8) & 255) / 255), toLinear((n & 255) / 255)];
}

/**
 * @param {Linear} light may exceed 1
 * @returns {string} hex
 */
export function hex(light) {
  const byte = (c) =>
    Math.round(255 * Math.min(1, toGamma(expose(Math.max(0, c)))))
      .toString(16)
      .padStart(2, "0");
  return `#${light.map(byte).join("")}`;
}

/** Mix two hex colours in linear light; `t` = 0 is the first. */
export function mix(a, b, t) {
  const [p, q] = [linear(a), linear(b)];
  return hex(p.map((c, i) => c + (q[i] - c) * t));
}

/** A hex colour with its light multiplied by `factor`. */
export const times = (colour, factor) => hex(linear(colour).map((c) => c * factor));
