/** More wheel-thrown pieces: plate, planter, candlestick, cup, jar, bottle, tumbler and lamp, in cm. */

import { mix, times } from "./colour.js";
import { speckle } from "./grain.js";
import { lathe } from "./lathe.js";

const CLAY = "#b08a68";
const OAK = "#b98a58";

/**
 * A piece of one body; `dip` cm at the foot are bare clay.
 *
 * @param {{width: number, height: number, foot: number, profile: any, hollow?: any, dip?: number,
 *   gloss?: number, sharpness?: number, flutes?: number, inner?: string, spots?: number,
 *   tilt?: number, step?: number}} form
 */
function turned({
  width,
  height,
  foot,
  profile,
  hollow,
  dip = 0,
  gloss = 0.35,
  sharpness = 60,
  flutes = 0,
  inner,
  spots = 90,
  tilt: own = 0.18,
  step = 0.2,
}) {
  return {
    width,
    height,
    foot,
    draw(sketch, colour, { tilt = own } = {}) {
      const skin = (at, inside) => {
        if (inside) return { colour: inner ?? times(colour, 0.62), gloss: 0.35, sharpness: 40 };
        if (at < dip) return { colour: CLAY, gloss: 0.04 };
        const thin = at > height - 0.25 ? 0.45 : 0.06;
        return { colour: mix(colour, CLAY, thin), gloss, sharpness };
      };
      lathe(sketch, { profile, hollow, skin, tilt, flutes, step });
      if (spots)
        speckle(sketch, profile, {
          seed: width * 7,
          count: spots,
          colour: times(colour, 0.3),
          size: 0.06,
          tilt,
        });
    },
  };
}

export const shoalPlate = turned({
  width: 27,
  height: 3.2,
  foot: 8,
  tilt: 0.42,
  step: 0.12,
  spots: 0,
  inner: "#e8dcc6",
  profile: [
    [
      [8, 0],
      [8.2, 0.5],
    ],
    [
      [8.2, 0.5],
      [11.5, 1.3],
      [13.5, 3.2],
    ],
  ],
  hollow: [
    [
      [13.2, 3.2],
      [12, 1.9],
      [9.6, 1.2],
    ],
    [
      [9.6, 1.2],
      [4, 1.1],
      [0.01, 1.1],
    ],
  ],
});

export const kelpPlanter = turned({
  width: 19,
  height: 17,
  foot: 6.6,
  flutes: 26,
  gloss: 0.12,
  sharpness: 18,
  spots: 0,
  inner: "#3a2a1e",
  profile: [
    [
      [6.4, 0],
      [6.6, 0.4],
    ],
    [
      [6.6, 0.4],
      [8.3, 6],
      [9.1, 12],
      [9.3, 16],
    ],
    [
      [9.3, 16],
      [9.5, 16.4],
      [9.4, 17],
    ],
  ],
  hollow: [
    [
      [8.8, 17],
      [8.6, 15.4],
      [8.5, 14.4],
    ],
    [
      [8.5, 14.4],
      [4, 14.6],
      [0.01, 14.8],
    ],
  ],
});

export const emberHolder = turned({
  width: 11,
  height: 14,
  foot: 5.3,
  gloss: 0.5,
  profile: [
    [
      [5.2, 0],
      [5.4, 0.5],
      [5.1, 1.1],
    ],
    [
      [5.1, 1.1],
      [2.2, 2],
      [1.2, 3.6],
      [1.05, 6],
    ],
    [
      [1.05, 6],
      [1.7, 6.8],
      [1.05, 7.6],
    ],
    [
      [1.05, 7.6],
      [1, 10],
      [1.5, 12],
      [2.6, 13.2],
      [2.7, 14],
    ],
  ],
  hollow: [
    [
      [2.4, 14],
      [1.6, 13],
      [1.1, 12.2],
    ],
  ],
  spots: 50,
});

export const gullCup = turned({
  width: 8.6,
  height: 7,
  foot: 2.7,
  dip: 1.3,
  gloss: 0.55,
  inner: "#efe6d6",
  tilt: 0.24,
  step: 0.1,
  profile: [
    [
      [2.5, 0],
      [2.7, 0.2],
    ],
    [
      [2.7, 0.2],
      [3.7, 1.6],
      [4.15, 4],
      [4.3, 7],
    ],
  ],
  hollow: [
    [
      [4.1, 7],
      [3.9, 4.5],
      [3.6, 3.4],
    ],
    [
      [3.6, 3.4],
      [1.8, 3.3],
      [0.01, 3.3],
    ],
  ],
  spots: 60,
});

const JAR = [
  [
    [5.6, 0],
    [6, 0.3],
  ],
  [
    [6, 0.3],
    [7.3, 3],
    [7.4, 8],
    [6.9, 12],
    [5.9, 13.8],
  ],
];

export const saltJar = {
  width: 15,
  height: 17.6,
  foot: 6,
  draw(sketch, colour, { tilt = 0.18 } = {}) {
    const skin = (at) => (at < 2 ? { colour: CLAY } : { colour, gloss: 0.45, sharpness: 70 });
    lathe(sketch, { profile: JAR, skin, tilt, step: 0.2 });
    speckle(sketch, JAR, { seed: 21, count: 120, colour: times(colour, 0.3), size: 0.07, tilt });
    const wood = () => ({ colour: OAK, gloss: 0.08, sharpness: 12 });
    const lid = [
      [
        [6.1, 13.8],
        [6.2, 14],
        [6.1, 15],
      ],
      [
        [6.1, 15],
        [5.8, 15.3],
        [1.1, 15.4],
      ],
      [
        [1.1, 15.4],
        [0.9, 16],
        [1.6, 17],
        [1.2, 17.6],
        [0.01, 17.7],
      ],
    ];
    lathe(sketch, { profile: lid, skin: wood, tilt, step: 0.14 });
  },
};

export const brineBottle = turned({
  width: 12,
  height: 29,
  foot: 5,
  dip: 3,
  gloss: 0.6,
  sharpness: 90,
  step: 0.28,
  profile: [
    [
      [4.8, 0],
      [5.2, 0.4],
    ],
    [
      [5.2, 0.4],
      [5.7, 6],
      [5.6, 13],
      [4.2, 18],
      [2, 21.6],
      [1.5, 25],
    ],
    [
      [1.5, 25],
      [1.55, 27.6],
      [2.1, 28.2],
      [2, 29],
    ],
  ],
  hollow: [
    [
      [1.7, 29],
      [1.3, 28],
      [1.2, 27],
    ],
  ],
});

export const reefTumbler = turned({
  width: 8.8,
  height: 10.4,
  foot: 3.2,
  flutes: 30,
  gloss: 0.4,
  spots: 0,
  inner: "#ede2cd",
  tilt: 0.22,
  step: 0.14,
  profile: [
    [
      [3.1, 0],
      [3.3, 0.2],
    ],
    [
      [3.3, 0.2],
      [3.8, 4],
      [4.2, 9],
    ],
    [
      [4.2, 9],
      [4.3, 9.4],
      [4.4, 10.4],
    ],
  ],
  hollow: [
    [
      [4.15, 10.4],
      [3.95, 8],
      [3.8, 6.6],
    ],
    [
      [3.8, 6.6],
      [2, 6.5],
      [0.01, 6.5],
    ],
  ],
});

const BASE = [
  [
    [6.8, 0],
    [7.1, 0.4],
  ],
  [
    [7.1, 0.4],
    [9.6, 4.6],
    [9.2, 9],
    [5, 13],
    [1.8, 15.2],
    [1.2, 17.5],
  ],
];
const SHADE = [
  [
    [13.4, 17.2],
    [11.8, 23],
    [9.2, 31.6],
  ],
];
/** The visible part of the shade's inside, from above. */
const LIT = [
  [
    [8.9, 31.6],
    [8.9, 30.6],
  ],
  [
    [8.9, 30.6],
    [0.01, 30.6],
  ],
];

export const hearthLamp = {
  width: 28,
  height: 32,
  foot: 7.4,
  lit: true,
  draw(sketch, colour, { tilt = 0.1 } = {}) {
    const glaze = (at) =>
      at > 15.4
        ? { colour: "#b8935a", metal: 0.8, gloss: 0.6 }
        : { colour, gloss: 0.5, sharpness: 70 };
    lathe(sketch, { profile: BASE, skin: glaze, tilt, step: 0.22 });
    speckle(sketch, BASE, { seed: 33, count: 110, colour: times(colour, 0.3), size: 0.07, tilt });
    const linen = (at, inside) => ({
      colour: inside ? "#f8ecd2" : "#efdfc4",
      gloss: 0.02,
      glow: inside ? 1 : 0.95 - Math.abs(at - 23) * 0.035,
    });
    lathe(sketch, { profile: SHADE, hollow: LIT, skin: linen, tilt, step: 0.3 });
  },
};
