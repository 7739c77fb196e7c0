/**
 * The light of a picture: the colour of a point of a surface from its normal and its finish.
 *
 * x is to the right, y up, z towards the viewer. A key light as wide as a window is at the upper
 * left, the sky fills from above, and the table reflects its colour from below.
 */

import { hex, linear } from "./colour.js";

/** @param {number[]} vector */
const unit = ([x, y, z]) => {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
};
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** @typedef {{key: number[], keyColour: number[], sky: number[], ground: number[], lamp: number}} Light */

/** @type {Light} A bright room, late in the morning. */
export const DAY = {
  key: unit([-0.66, 0.5, 0.56]),
  keyColour: [0.86, 0.8, 0.71],
  sky: [0.3, 0.325, 0.37],
  ground: [0.2, 0.17, 0.14],
  lamp: 0.36,
};

/** @type {Light} The same room after dark, for dark mode: lit by the lamps. */
export const EVENING = {
  key: unit([-0.72, 0.42, 0.55]),
  keyColour: [0.36, 0.26, 0.17],
  sky: [0.055, 0.065, 0.09],
  ground: [0.06, 0.042, 0.03],
  lamp: 1,
};

/**
 * How a surface reflects light: `gloss` is the strength of the highlight (0 to 1), `sharpness` its
 * exponent (8 is clay, 200 is glaze), `metal` how much it mirrors the room (0 to 1), `glow` the
 * light from inside (0 to 1).
 *
 * @typedef {{colour: string, gloss?: number, sharpness?: number, metal?: number, glow?: number}} Finish
 */

/** The room as polished metal reflects it in direction `r`: a window to the left, a dark floor. */
function room(r, light) {
  const sky = light.sky.map((c, i) => c * 1.5 + light.ground[i] * 0.2);
  const up = 0.5 + 0.5 * r[1];
  const window = Math.exp(-(((r[0] + 0.62) / 0.24) ** 2)) * (0.55 + 0.45 * up);
  const door = 0.35 * Math.exp(-(((r[0] - 0.78) / 0.12) ** 2));
  return sky.map(
    (c, i) =>
      light.ground[i] * 1.1 +
      (c - light.ground[i]) * up +
      light.keyColour[i] * (1.9 * window + door),
  );
}

/**
 * @param {Finish} finish
 * @param {number[]} normal of length 1
 * @param {Light} light
 * @param {number} tilt sine of the angle from which the viewer looks down
 * @returns {string} hex
 */
export function shade(finish, normal, light, tilt = 0) {
  const view = [0, tilt, Math.sqrt(1 - tilt * tilt)];
  const facing = Math.max(0, dot(normal, view));
  const wrapped = Math.max(0, (dot(normal, light.key) + 0.28) / 1.28) ** 1.25;
  const up = 0.5 + 0.5 * normal[1];
  const half = unit(light.key.map((c, i) => c + view[i]));
  const gloss = finish.gloss ?? 0.08;
  const highlight = gloss * Math.max(0, dot(normal, half)) ** (finish.sharpness ?? 14);
  const edge = (0.05 + 0.5 * gloss) * (1 - facing) ** 4;
  const mirrored = normal.map((c, i) => 2 * dot(normal, view) * c - view[i]);
  const metal = finish.metal ?? 0;
  const seen = metal ? room(mirrored, light) : light.sky;
  const glow = (finish.glow ?? 0) * light.lamp * (0.45 + 0.75 * facing ** 1.4);
  const warm = [1, 0.74, 0.42];
  return hex(
    linear(finish.colour).map((albedo, i) => {
      const ambient = light.ground[i] + (light.sky[i] - light.ground[i]) * up;
      const matte = albedo * (ambient * 1.25 + light.keyColour[i] * wrapped * 1.12);
      const sheen = light.keyColour[i] * highlight * 1.1 + light.sky[i] * edge * 1.6;
      const mirror = albedo * seen[i] * 1.25;
      return matte * (1 - metal) + mirror * metal + sheen + glow * warm[i] * (0.4 + 0.8 * albedo);
    }),
  );
}

/** A flat surface's colour: `normal` need not have length 1. */
export const shadeFlat = (colour, normal, light) =>
  shade({ colour, gloss: 0 }, unit(normal), light);
