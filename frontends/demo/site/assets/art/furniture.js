/** Armchair, side table and stool, in cm, standing on the origin. */

import { mix, times } from "./colour.js";
import { tube } from "./grain.js";
import { lathe } from "./lathe.js";
import { n } from "./sketch.js";
import { loops, puff } from "./upholstery.js";

const OAK = "#c08b52";

export const pebbleTable = {
  width: 44,
  height: 46,
  foot: 16,
  draw(sketch, colour, { tilt = 0.2 } = {}) {
    const skin = () => ({ colour, gloss: 0.16, sharpness: 18 });
    const dim = () => ({ colour: times(colour, 0.62), gloss: 0.05 });
    lathe(sketch, {
      profile: [
        [
          [16, 0],
          [16.2, 0.5],
          [16, 2.4],
          [15.4, 3],
        ],
      ],
      skin,
      tilt,
      step: 0.5,
    });
    lathe(sketch, {
      profile: [
        [
          [10.8, 3],
          [10.8, 34],
        ],
      ],
      skin,
      tilt,
      flutes: 30,
      step: 8,
    });
    // The top shades the column under it.
    const shade = sketch.linear(
      [
        [0, "#120a05", 0.72],
        [1, "#120a05", 0],
      ],
      { x1: 0, y1: 0, x2: 0, y2: 1 },
    );
    sketch.rect(-10.85, -40, 21.7, 17, { fill: shade });
    lathe(sketch, {
      profile: [
        [
          [10.8, 37],
          [17, 39.4],
          [20.4, 41],
        ],
      ],
      skin: dim,
      tilt,
    });
    lathe(sketch, {
      profile: [
        [
          [20.4, 41],
          [21.9, 42.2],
          [22, 43.8],
          [21.3, 45.3],
          [20, 46],
        ],
        [
          [20, 46],
          [0.01, 46],
        ],
      ],
      skin,
      tilt,
    });
    sheen(sketch, 0, -46 * Math.sqrt(1 - tilt * tilt), 20.4, 20.4 * tilt);
  },
};

/** What a flat, polished top gives back of the window. */
function sheen(sketch, cx, cy, rx, ry) {
  const power = sketch.light.keyColour[0];
  const fill = sketch.linear(
    [
      [0, "#fff6e2", 0.5 * power],
      [0.5, "#fff6e2", 0.12 * power],
      [1, "#1a0f08", 0.3],
    ],
    { x1: 0.05, y1: 0, x2: 0.95, y2: 1 },
  );
  sketch.ellipse(cx, cy, rx, ry, { fill });
}

export const ottoStool = {
  width: 38,
  height: 45,
  foot: 17,
  draw(sketch, colour, { tilt = 0.2 } = {}) {
    const leg = (x0, y0, x1, y1) =>
      tube(sketch, `M${x0} ${y0}L${x1} ${y1}`, 3.3, colour, { gloss: 0.35 });
    leg(-7, -41, -10.5, -4.4);
    leg(7, -41, 10.5, -4.4);
    const rung = { fill: "none", stroke: times(colour, 0.3), "stroke-width": 1.5 };
    sketch.ellipse(0, -16.6, 12.6, 12.6 * tilt, { ...rung, stroke: times(colour, 0.5) });
    leg(-10, -40, -16, 0.2);
    leg(10, -40, 16, 0.2);
    const front = `M-13.1 -17A13.2 ${n(13.2 * tilt)} 0 0 0 13.1 -17`;
    tube(sketch, front, 1.6, colour, { gloss: 0.3 });
    const skin = () => ({ colour, gloss: 0.22, sharpness: 24 });
    lathe(sketch, {
      profile: [
        [
          [14, 40.6],
          [17, 41],
          [18.6, 42],
          [19, 43.4],
          [18.5, 44.6],
          [17, 45],
        ],
      ],
      skin,
      tilt,
    });
    const tall = Math.sqrt(1 - tilt * tilt);
    lathe(sketch, {
      profile: [
        [
          [17.4, 44.6],
          [17.2, 45],
        ],
      ],
      hollow: [
        [
          [17.2, 45],
          [13, 44.2],
          [6, 43.7],
          [0.01, 43.6],
        ],
      ],
      skin,
      tilt,
    });
    growthRings(sketch, -44.5 * tall, tilt, colour);
    sheen(sketch, 0, -45 * tall, 17.2, 17.2 * tilt);
  },
};

function growthRings(sketch, y, tilt, colour) {
  for (let r = 2.2; r < 17; r += 1.35) {
    sketch.ellipse(1.6 - r * 0.06, y + 0.4, r, r * tilt, {
      fill: "none",
      stroke: times(colour, 0.42),
      "stroke-width": 0.14,
      opacity: 0.3,
    });
  }
}

const SEAT =
  "M-27 -43C-16 -46 16 -46 27 -43C29.4 -40 29.4 -31 27.6 -28.4C16 -26.4 -16 -26.4 -27.6 -28.4C-29.4 -31 -29.4 -40 -27 -43Z";
const BACK = "M-37 -22C-41 -50 -35 -74 0 -76C35 -74 41 -50 37 -22Z";
const INNER = "M-26.5 -34C-30 -54 -24 -68.4 0 -69.4C24 -68.4 30 -54 26.5 -34Z";
const ARM =
  "M26 -20C23.8 -34 23.4 -46 26 -52C29 -57.6 37.4 -57 39.6 -50C41.6 -42 41 -22 38.6 -11.6C35 -10 29.4 -10 26.8 -11.2Z";
const BASE = "M-30 -30H30L28.6 -11C14 -9.6 -14 -9.6 -28.6 -11Z";

export const bowerChair = {
  width: 82,
  height: 76,
  foot: 36,
  draw(sketch, colour) {
    for (const [x, lean] of [
      [-30, -2],
      [30, 2],
    ]) {
      tube(sketch, `M${x} -12L${x + lean} -0.4`, 3.6, OAK, { gloss: 0.3 });
    }
    for (const x of [-21, 21])
      tube(sketch, `M${x} -12L${x} -3.6`, 2.8, times(OAK, 0.5), { gloss: 0 });
    const wool = (x, y, width, height, seed) => () =>
      loops(sketch, { x, y, width, height, colour, seed, count: width * height * 0.34, size: 0.8 });
    puff(sketch, BACK, times(colour, 0.92), { depth: 5, details: wool(-41, -77, 82, 44, 1) });
    puff(sketch, INNER, colour, { depth: 3.4, details: wool(-30, -70, 60, 36, 2) });
    crease(sketch, "M-27 -43C-14 -47.4 14 -47.4 27 -43", 2.2);
    puff(sketch, BASE, times(colour, 0.72), { depth: 3, details: wool(-30, -30, 60, 20, 3) });
    puff(sketch, SEAT, mix(colour, "#ffffff", 0.05), {
      depth: 3.6,
      details: wool(-30, -46, 60, 20, 4),
    });
    crease(sketch, "M-27.8 -28C-14 -25.8 14 -25.8 27.8 -28", 1.2);
    const arm = (seed) =>
      puff(sketch, ARM, colour, { depth: 4, details: wool(23, -58, 19, 48, seed) });
    arm(5);
    sketch.group({ transform: "scale(-1 1)" }, () => mirroredArm(sketch, colour, wool));
  },
};

/** The left arm: the same cut turned over, so the light on it is taken back by hand. */
function mirroredArm(sketch, colour, wool) {
  puff(sketch, ARM, mix(colour, "#fff1d8", 0.16), { depth: 4, details: wool(23, -58, 19, 48, 6) });
  const lit = sketch.linear([
    [0, "#1a0f08", 0.3],
    [0.55, "#1a0f08", 0],
    [1, "#fff0d4", 0.42 * sketch.light.keyColour[0]],
  ]);
  sketch.path(ARM, { fill: lit });
}

function crease(sketch, d, width) {
  sketch.path(d, {
    fill: "none",
    stroke: "#160c06",
    "stroke-width": width,
    opacity: 0.55,
    filter: sketch.blur(width * 0.45),
  });
}
