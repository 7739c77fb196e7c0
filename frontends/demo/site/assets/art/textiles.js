/** Throw and cushion, in cm. The throw hangs from a rail at the origin, the cushion stands on it. */

import { mix, times } from "./colour.js";
import { random, tube, weave } from "./grain.js";
import { n } from "./sketch.js";
import { puff } from "./upholstery.js";

const HALF = 33;
const LENGTH = 84;

/** How far a fold comes towards the viewer at `x`, about -1 to 1. */
const fold = (x) =>
  0.52 * Math.sin(x * 0.34 + 0.6) + 0.3 * Math.sin(x * 0.19 + 2.1) + 0.22 * Math.sin(x * 0.77);

export const fellThrow = {
  width: 66,
  height: 100,
  hangs: true,
  foot: 33,
  draw(sketch, colour, { rail = 200 } = {}) {
    tube(sketch, `M${-rail} 0H${rail}`, 3.4, "#a8753f", { gloss: 0.3 });
    const cloth = outline();
    sketch.path(cloth, {
      fill: "#140b06",
      opacity: 0.42,
      filter: sketch.blur(2.6),
      transform: "translate(5 3)",
    });
    fringe(sketch, colour);
    sketch.path(cloth, { fill: folds(sketch, colour) });
    sketch.group({ "clip-path": sketch.clip(cloth) }, () => {
      stripes(sketch, colour);
      sketch.path(cloth, { fill: weave(sketch, colour, 0.62), opacity: 0.6 });
      overRail(sketch);
    });
  },
};

/** The cloth's edge: straight down the sides, and swinging in and out along the hem. */
function outline() {
  let hem = "";
  for (let x = HALF; x >= -HALF; x -= 1.5) hem += `L${n(x)} ${n(LENGTH + fold(x) * 1.5)}`;
  return `M${-HALF} -1.9C${-HALF + 6} -2.9 ${HALF - 6} -2.9 ${HALF} -1.9${hem}Z`;
}

/** Light across the folds, from the slope of `fold`. */
function folds(sketch, colour) {
  const power = sketch.light.keyColour[0] + sketch.light.sky[0];
  const stops = [];
  for (let i = 0; i <= 44; i += 1) {
    const x = -HALF + (i / 44) * 2 * HALF;
    const slope = (fold(x + 0.3) - fold(x - 0.3)) / 0.6;
    const lit = 0.66 + 1.05 * slope + 0.16 * fold(x) - 0.0035 * x;
    stops.push([i / 44, times(colour, power * Math.max(0.2, Math.min(1.2, lit)))]);
  }
  return sketch.linear(stops);
}

/** Bands woven into both ends. */
function stripes(sketch, colour) {
  const band = (y, height, fill, opacity) => {
    let [top, bottom] = ["", ""];
    for (let x = -HALF; x <= HALF; x += 1.5) {
      const sway = fold(x) * 1.5 * (y / LENGTH);
      top += `${top ? "L" : "M"}${n(x)} ${n(y + sway)}`;
      bottom = `L${n(x)} ${n(y + height + sway)}${bottom}`;
    }
    sketch.path(`${top}${bottom}Z`, { fill, opacity });
  };
  const pale = mix(colour, "#fff3df", 0.75);
  const dark = times(colour, 0.3);
  for (const [y, height] of [
    [57, 1.2],
    [60, 6],
    [68, 1.2],
    [71.5, 1.2],
  ])
    band(y, height, pale, 0.5);
  band(62.2, 1.6, dark, 0.5);
}

/** The fold over the rail: bright on top, dark just beneath it. */
function overRail(sketch) {
  const power = sketch.light.keyColour[0];
  const fill = sketch.linear(
    [
      [0, "#fff4dd", 0.5 * power],
      [0.25, "#fff4dd", 0],
      [0.45, "#140b06", 0.34],
      [1, "#140b06", 0],
    ],
    { x1: 0, y1: 0, x2: 0, y2: 1 },
  );
  sketch.rect(-HALF, -3, 2 * HALF, 16, { fill });
}

function fringe(sketch, colour) {
  const next = random(21);
  const power = sketch.light.keyColour[0] + sketch.light.sky[0];
  const tones = ["", ""];
  for (let x = -HALF + 0.6; x < HALF; x += 1.05) {
    const y = LENGTH + fold(x) * 1.5 - 0.5;
    const sway = (next() - 0.5) * 1.4;
    tones[next() < 0.5 ? 0 : 1] +=
      `M${n(x)} ${n(y)}q${n(sway)} 4 ${n(sway * 0.4)} ${n(7 + next() * 2)}`;
  }
  const style = { fill: "none", "stroke-width": 0.62, "stroke-linecap": "round" };
  sketch.path(tones[0], { ...style, stroke: times(colour, 0.9 * power) });
  sketch.path(tones[1], { ...style, stroke: times(colour, 0.5 * power) });
}

const COVER =
  "M-25 -48.4C-12 -45.6 12 -45.6 25 -48.4C26.6 -48.2 27 -47.4 26.6 -46C23.6 -33 23.6 -15 26.8 -2.4C27 -0.8 26 -0.2 24.6 -0.4C12 -2.4 -12 -2.4 -24.6 -0.4C-26 -0.2 -27 -0.8 -26.8 -2.4C-23.6 -15 -23.6 -33 -26.6 -46C-27 -47.4 -26.6 -48.2 -25 -48.4Z";

export const lindenCushion = {
  width: 54,
  height: 48.5,
  foot: 22,
  draw(sketch, colour) {
    puff(sketch, COVER, colour, {
      depth: 5.4,
      texture: weave(sketch, colour, 0.5),
      details: () => {
        checks(sketch, colour);
        creases(sketch);
      },
    });
    const power = sketch.light.keyColour[0] + sketch.light.sky[0];
    const piping = { fill: "none", "stroke-width": 0.7, stroke: times(colour, 0.46 * power) };
    sketch.path(COVER, piping);
    sketch.path(COVER, {
      ...piping,
      "stroke-width": 0.22,
      stroke: times(mix(colour, "#ffffff", 0.4), power),
      transform: "translate(-0.1 -0.14)",
    });
  },
};

/** A windowpane check that bends with the filling. */
function checks(sketch, colour) {
  const stroke = mix(colour, "#fff2dc", 0.8);
  let d = "";
  for (const at of [-18, -6, 6, 18]) {
    const bulge = at * 0.16;
    d += `M${at - bulge * 0.4} -50Q${at + bulge} -24 ${at - bulge * 0.4} 1`;
    const y = -24 + at;
    d += `M-28 ${y - bulge * 0.4}Q0 ${y + bulge} 28 ${y - bulge * 0.4}`;
  }
  sketch.path(d, { fill: "none", stroke, "stroke-width": 0.9, opacity: 0.5 });
}

/** Where the filling pulls the cloth at the corners. */
function creases(sketch) {
  const power = sketch.light.keyColour[0];
  for (const [x, y, dx, dy] of [
    [-25, -47, 9, 8],
    [25, -47, -9, 9],
    [-25, -2, 10, -8],
    [25, -2, -9, -9],
  ]) {
    for (const bend of [-0.5, 0.2, 0.7]) {
      const d = `M${x} ${y}q${n(dx * (0.5 + bend * 0.5))} ${n(dy * (0.5 - bend * 0.5))} ${n(dx * (1 + bend * 0.2))} ${n(dy * (1 - bend * 0.2))}`;
      const style = { fill: "none", "stroke-linecap": "round", filter: sketch.blur(0.7) };
      sketch.path(d, { ...style, stroke: "#140b06", "stroke-width": 1.2, opacity: 0.32 });
      sketch.path(d, {
        ...style,
        stroke: "#fff4e2",
        "stroke-width": 0.9,
        opacity: 0.3 * power,
        transform: "translate(-0.9 -1)",
      });
    }
  }
}
