/** The scene: wall, table, window light, shadows, and the vignette. */

import { mix, times } from "./colour.js";
import { woodGrain } from "./grain.js";
import { EVENING, shadeFlat } from "./light.js";
import { n } from "./sketch.js";

/**
 * A wall and the table top.
 * @param {import("./sketch.js").Sketch} sketch
 * @param {{width: number, height: number, horizon: number, wall: string, top: string,
 *   material?: "plaster" | "oak"}} place horizon: y of the table's far edge, px
 */
export function room(sketch, { width, height, horizon, wall, top, material = "plaster" }) {
  const { light } = sketch;
  const wallColour = shadeFlat(wall, [-0.1, 0.1, 1], light);
  const evening = light === EVENING;
  sketch.rect(0, 0, width, height, { fill: wallColour });
  const pool = sketch.radial(
    [
      [0, mix(wallColour, "#fff3dc", evening ? 0.06 : 0.4)],
      [0.45, wallColour],
      [1, times(wallColour, evening ? 0.42 : 0.55)],
    ],
    { cx: 0.3, cy: 0.3, r: 0.95 },
  );
  sketch.rect(0, 0, width, horizon + 2, { fill: pool });
  const topColour = shadeFlat(top, [-0.2, 0.85, 0.4], light);
  const near = sketch.linear(
    [
      [0, times(topColour, 0.74)],
      [0.16, topColour],
      [1, mix(topColour, evening ? "#000000" : "#ffffff", 0.1)],
    ],
    { x1: 0, y1: 0, x2: 0, y2: 1 },
  );
  sketch.rect(0, horizon, width, height - horizon, { fill: near });
  if (material === "oak") {
    const box = { x: 0, y: horizon, width, height: height - horizon };
    woodGrain(sketch, { ...box, colour: topColour, seed: 5, lines: 46 });
  }
  const across = sketch.linear([
    [0, "#fff6e6", evening ? 0.03 : 0.16],
    [0.4, "#fff6e6", 0],
    [0.55, "#100806", 0],
    [1, "#100806", 0.3],
  ]);
  sketch.rect(0, horizon, width, height - horizon, { fill: across });
  // The far edge: a thin line of light above, and shadow where table and wall meet.
  const meet = sketch.linear(
    [
      [0, "#000000", 0],
      [0.5, "#000000", 0.24],
      [1, "#000000", 0],
    ],
    { x1: 0, y1: 0, x2: 0, y2: 1 },
  );
  sketch.rect(0, horizon - 14, width, 28, { fill: meet });
}

/** Sunlight through a window of six panes, cast on the wall from the left. */
export function windowLight(sketch, { x, y, size, opacity = 0.5 }) {
  if (sketch.light === EVENING) return;
  const panes = [];
  for (let row = 0; row < 3; row += 1) {
    for (let column = 0; column < 2; column += 1) {
      const left = column * 0.52 + row * 0.1;
      const up = row * 0.44 + column * 0.14;
      panes.push(`M${n(left)} ${n(up)}l.46 .125l.09 .39l-.46 -.125Z`);
    }
  }
  sketch.group(
    {
      transform: `translate(${x} ${y}) scale(${size})`,
      filter: sketch.blur(0.022),
      opacity,
      style: "mix-blend-mode:soft-light",
    },
    () => sketch.path(panes.join(""), { fill: "#fff2cf" }),
  );
  sketch.group(
    {
      transform: `translate(${x} ${y}) scale(${size})`,
      filter: sketch.blur(0.022),
      opacity: opacity * 0.4,
    },
    () => sketch.path(panes.join(""), { fill: "#fff0cc" }),
  );
}

/** The glow that a lit lamp casts on wall or table, centred on x, y; radius in px. */
export function glow(sketch, x, y, radius, { squash = 1, strength = 1 } = {}) {
  const power = strength * (sketch.light === EVENING ? 0.85 : 0.5);
  const fill = sketch.radial([
    [0, "#ffd9a0", power * 0.85],
    [0.25, "#ffc47c", power * 0.46],
    [0.6, "#f79a4c", power * 0.13],
    [1, "#e07a30", 0],
  ]);
  const style = "mix-blend-mode:screen";
  sketch.ellipse(x, y, radius, radius * squash, { fill, style });
}

/** The shadow of an object with a round foot of radius `r` px and `height` px, at x, y. */
export function shadow(sketch, x, y, r, height, { strength = 1, squash = 0.17 } = {}) {
  const evening = sketch.light === EVENING;
  const dark = evening ? "#050302" : "#21140b";
  const power = strength * (evening ? 0.85 : 0.62);
  const long = r + height * 0.34;
  const cast = sketch.radial(
    [
      [0, dark, power * 0.8],
      [0.35, dark, power * 0.44],
      [0.75, dark, power * 0.1],
      [1, dark, 0],
    ],
    { fx: 0.32 },
  );
  sketch.ellipse(
    x + long * 0.62,
    y + r * 0.03,
    long * 1.35,
    Math.max(r, long * 0.5) * squash * 1.9,
    {
      fill: cast,
    },
  );
  const contact = sketch.radial([
    [0, dark, power * 1.25],
    [0.72, dark, power * 1.1],
    [0.86, dark, power * 0.4],
    [1, dark, 0],
  ]);
  sketch.ellipse(x + r * 0.04, y + r * 0.03, r * 1.16, r * 1.22 * squash, { fill: contact });
}

/** The vignette: light falls off towards the corners. */
export function vignette(sketch, width, height) {
  const fill = sketch.radial(
    [
      [0.55, "#000000", 0],
      [1, "#0c0604", sketch.light === EVENING ? 0.5 : 0.24],
    ],
    { r: 0.78 },
  );
  sketch.rect(0, 0, width, height, { fill });
}
