/** Table lamp, pendant and floor lamp, in cm. Each also knows where its light falls. */

import { mix, times } from "./colour.js";
import { lathe } from "./lathe.js";
import { EVENING } from "./light.js";
import { n } from "./sketch.js";
import { glow } from "./stage.js";

const BRASS = { colour: "#d9a24c", metal: 0.92, gloss: 0.55, sharpness: 60 };

const brass = () => BRASS;

export const albaLamp = {
  width: 34,
  height: 43,
  foot: 11,
  /** Glow on the wall behind and the table below; x, y is the foot in px, k px a cm. */
  throwLight(sketch, x, y, k) {
    glow(sketch, x, y - 30 * k, 46 * k);
    glow(sketch, x, y - 1 * k, 36 * k, { squash: 0.3, strength: 0.9 });
  },
  draw(sketch, colour, { tilt = 0.13 } = {}) {
    const body = { colour, gloss: 0.55, sharpness: 70 };
    lathe(sketch, {
      profile: [
        [
          [10.8, 0],
          [11, 0.5],
          [10.6, 1.3],
          [8.6, 2.6],
          [5.4, 5],
          [3.4, 9.4],
          [2.6, 15],
          [2.5, 21],
          [3.2, 25.6],
        ],
      ],
      skin: (height) => ({ ...body, glow: 0.16 * Math.max(0, (height - 9) / 16) }),
      tilt,
    });
    lathe(sketch, {
      profile: [
        [
          [3.3, 25],
          [3.5, 25.6],
          [3.3, 26.2],
        ],
      ],
      skin: brass,
      tilt,
      step: 0.1,
    });
    // Opal glass: brightest where the bulb is near, still showing its colour at the rim.
    const opal = mix(colour, "#fff1da", 0.72);
    lathe(sketch, {
      profile: [
        [
          [15.2, 25.6],
          [16.8, 26.4],
          [17, 27.8],
        ],
        [
          [17, 27.8],
          [16.6, 32],
          [14.2, 37],
          [9.6, 40.8],
          [4.4, 42.6],
          [0.01, 43],
        ],
      ],
      skin: (height) => ({
        colour: opal,
        gloss: 0.35,
        sharpness: 60,
        glow: 0.9 - 0.5 * Math.max(0, (height - 27) / 16) ** 1.6,
      }),
      tilt,
    });
  },
};

export const ternPendant = {
  width: 38,
  height: 27,
  hangs: true,
  foot: 19,
  throwLight(sketch, x, y, k) {
    glow(sketch, x, y + 4 * k, 48 * k, { strength: 0.9 });
  },
  draw(sketch, colour, { tilt = -0.2, cord = 90 } = {}) {
    sketch.rect(-0.28, -24 - cord, 0.56, cord, {
      fill: sketch.linear([
        [0, "#3a302a"],
        [0.4, "#6d5c50"],
        [1, "#1d1714"],
      ]),
    });
    const shell = { colour, gloss: 0.42, sharpness: 40 };
    lathe(sketch, {
      profile: [
        [
          [19, 0],
          [18.6, 1.6],
          [16.6, 6.2],
          [12, 11.4],
          [6.6, 15.2],
          [3, 18],
          [2.2, 20.4],
        ],
      ],
      hollow: [
        [
          [18.7, 0.1],
          [17, 5],
          [12, 10.4],
          [6, 14],
          [0.01, 15],
        ],
      ],
      skin: (height, inside) =>
        inside
          ? { colour: "#fff3df", gloss: 0.05, glow: 0.85 + 0.25 * Math.min(1, height / 12) }
          : shell,
      tilt,
    });
    const opening = 19 * Math.abs(tilt);
    const bulb = sketch.radial([
      [0, "#fffdf6"],
      [0.5, "#ffefc9"],
      [1, "#ffe0a4", 0],
    ]);
    sketch.ellipse(0, -opening * 0.18, 5.2, opening * 0.62, { fill: bulb });
    sketch.ellipse(0, 0, 18.9, opening, {
      fill: "none",
      stroke: mix(colour, "#fff0d0", 0.55),
      "stroke-width": 0.3,
      opacity: 0.8,
    });
    lathe(sketch, {
      profile: [
        [
          [2.3, 19.6],
          [2.4, 20],
          [2.4, 23.2],
          [1.7, 24.4],
          [0.4, 25],
        ],
      ],
      skin: brass,
      tilt,
      step: 0.12,
    });
  },
};

export const heronLamp = {
  width: 46,
  height: 152,
  foot: 14,
  throwLight(sketch, x, y, k) {
    glow(sketch, x, y - 122 * k, 92 * k);
    glow(sketch, x, y, 62 * k, { squash: 0.24, strength: 0.6 });
  },
  draw(sketch, colour, { tilt = 0.07 } = {}) {
    lathe(sketch, {
      profile: [
        [
          [14, 0],
          [14.1, 0.4],
          [14, 2.2],
          [13.6, 2.8],
        ],
        [
          [13.6, 2.8],
          [1.2, 3.2],
        ],
      ],
      skin: () => ({ colour: times(colour, 0.5), gloss: 0.5, sharpness: 50 }),
      tilt,
      step: 0.2,
    });
    lathe(sketch, {
      profile: [
        [
          [0.75, 3],
          [0.75, 112],
        ],
      ],
      skin: brass,
      tilt,
      step: 18,
    });
    stem(sketch);
    pleatedShade(sketch, colour, tilt);
  },
};

/** The stem as one gradient: a ring every few mm would be a thousand shapes for a plain rod. */
function stem(sketch) {
  const dim = sketch.light === EVENING ? 0.55 : 1;
  const fill = sketch.linear([
    [0, times("#5a3c14", dim)],
    [0.22, times("#f3d08a", dim)],
    [0.42, times("#b8863a", dim)],
    [0.78, times("#6d4a1b", dim)],
    [1, times("#c79a53", dim)],
  ]);
  sketch.rect(-0.75, -112, 1.5, 109, { fill });
  sketch.path("M2.6 -106v-11", { stroke: "#b8863a", "stroke-width": 0.16 });
  sketch.ellipse(2.6, -105.6, 0.5, 0.7, { fill: "#e7c27c" });
}

/** Linen folded into pleats: a cone whose rings have a groove at each fold, lit from inside. */
function pleatedShade(sketch, colour, tilt) {
  const linen = mix(colour, "#f7ead2", 0.78);
  lathe(sketch, {
    profile: [
      [
        [23, 108],
        [22.4, 112],
        [18.5, 132],
        [14, 152],
      ],
    ],
    skin: (height) => ({
      colour: linen,
      gloss: 0.02,
      glow: 0.86 - 0.42 * Math.abs((height - 128) / 24) ** 1.4,
    }),
    tilt,
    flutes: 44,
    step: 4,
  });
  const tall = Math.sqrt(1 - tilt * tilt);
  const mouth = sketch.radial([
    [0, "#fffaf0"],
    [0.6, "#ffe3ae"],
    [1, "#d9a565"],
  ]);
  sketch.ellipse(0, -152 * tall, 13.6, 13.6 * tilt, { fill: mouth });
  const band = (r, y) =>
    sketch.path(`M${-r} ${n(-y * tall)}A${r} ${n(r * tilt)} 0 0 0 ${r} ${n(-y * tall)}`, {
      fill: "none",
      stroke: times(colour, 0.6),
      "stroke-width": 0.7,
      opacity: 0.75,
    });
  band(22.9, 108.4);
  band(14.1, 151.7);
}
