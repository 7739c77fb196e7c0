/** Wheel-thrown pieces: vase, mug, bowl and teapot, in cm, standing on the origin. */

import { mix, times } from "./colour.js";
import { speckle, tube } from "./grain.js";
import { lathe } from "./lathe.js";

const CLAY = "#b08a68";

/** A satin glaze over speckled clay that stays bare at the foot, up to `bare` cm. */
const glazed =
  (colour, { bare = 0, gloss = 0.3, sharpness = 46, inner = colour } = {}) =>
  (height, inside) => {
    if (!inside && height < bare) return { colour: CLAY, gloss: 0.04 };
    return { colour: inside ? inner : colour, gloss, sharpness };
  };

const VASE = [
  [
    [5.2, 0],
    [5.9, 0.35],
  ],
  [
    [5.9, 0.35],
    [8.6, 4.2],
    [10.6, 10],
    [10.2, 16],
    [6.9, 20.6],
    [3.5, 23.6],
    [2.75, 26.6],
    [3.1, 29.4],
    [4.0, 31],
  ],
];

export const duneVase = {
  width: 21,
  height: 31,
  foot: 6,
  draw(sketch, colour, { tilt = 0.16 } = {}) {
    lathe(sketch, {
      profile: VASE,
      hollow: [
        [
          [3.9, 31],
          [2.9, 29.2],
          [2.4, 26],
          [2.4, 22],
        ],
      ],
      skin: (height, inside) => ({
        colour: inside ? times(colour, 0.4) : mix(colour, CLAY, height < 1.1 ? 0.7 : 0.08),
        gloss: 0.14,
        sharpness: 16,
      }),
      tilt,
      step: 0.2,
    });
    speckle(sketch, VASE, { seed: 3, count: 210, colour: times(colour, 0.3), tilt });
  },
};

const MUG = [
  [
    [3.2, 0],
    [3.5, 0.2],
  ],
  [
    [3.5, 0.2],
    [4.2, 1.3],
    [4.45, 4],
    [4.35, 7],
    [4.4, 9.2],
  ],
];

export const tideMug = {
  width: 12,
  height: 9.2,
  foot: 3.7,
  draw(sketch, colour, { tilt = 0.2 } = {}) {
    const handle = "M3.9 -7.1C7.4 -8.2 8 -2.4 4 -2.1";
    tube(sketch, handle, 1.25, mix(colour, "#ffffff", 0.08), { gloss: 0.5 });
    const sea = (height) => {
      // The second glaze runs down over the first and breaks where it is thin.
      if (height < 1.5) return CLAY;
      const run = Math.min(1, Math.max(0, (height - 2.6) / 3.2));
      return mix(times(colour, 0.5), colour, run * run * (3 - 2 * run));
    };
    lathe(sketch, {
      profile: MUG,
      hollow: [
        [
          [4.18, 9.2],
          [4.1, 7],
          [4.1, 5],
        ],
        [
          [4.1, 5],
          [2, 4.9],
          [0.01, 4.9],
        ],
      ],
      skin: (height, inside) => {
        if (!inside && height > 9.02) return { colour: mix(colour, CLAY, 0.55), gloss: 0.3 };
        if (inside && height < 5.05) return { colour: "#2a160c", gloss: 0.7, sharpness: 60 };
        return {
          colour: inside ? "#ede4d3" : sea(height),
          gloss: height < 1.5 && !inside ? 0.03 : 0.5,
          sharpness: 70,
        };
      },
      tilt,
    });
    speckle(sketch, MUG, { seed: 8, count: 90, colour: times(colour, 0.32), size: 0.055, tilt });
  },
};

const BOWL = [
  [
    [5.4, 0],
    [5.5, 0.9],
  ],
  [
    [5.5, 0.9],
    [8, 1.9],
    [11.6, 4.6],
    [13.6, 8],
    [14.2, 10.6],
  ],
];

export const coveBowl = {
  width: 28.4,
  height: 10.6,
  foot: 5.8,
  draw(sketch, colour, { tilt = 0.3 } = {}) {
    lathe(sketch, {
      profile: BOWL,
      hollow: [
        [
          [13.75, 10.6],
          [13.1, 8],
          [11, 4.8],
          [7.6, 2.4],
          [0.01, 1.5],
        ],
      ],
      skin: (height, inside) => {
        if (!inside && height > 10.35) return { colour: mix(colour, CLAY, 0.6), gloss: 0.2 };
        const depth = Math.min(1, height / 10.6);
        const pool = mix(times(colour, 0.55), mix(colour, "#ffffff", 0.16), depth ** 0.8);
        if (inside) return { colour: pool, gloss: 0.5, sharpness: 60 };
        return glazed(mix("#e6dccb", colour, 0.1), { bare: 1.4, gloss: 0.16, sharpness: 20 })(
          height,
          false,
        );
      },
      tilt,
    });
    speckle(sketch, BOWL, { seed: 12, count: 160, colour: "#5d4634", size: 0.075, tilt });
  },
};

const POT = [
  [
    [5, 0],
    [5.4, 0.25],
  ],
  [
    [5.4, 0.25],
    [7.8, 2.4],
    [8.9, 6],
    [8.1, 9.8],
    [5.6, 12],
    [4.5, 12.6],
  ],
  [
    [4.5, 12.6],
    [4.5, 13],
  ],
];

const LID = [
  [
    [4.9, 12.8],
    [4.8, 13.3],
  ],
  [
    [4.8, 13.3],
    [3.4, 14.3],
    [1.5, 14.9],
    [0.8, 15.3],
  ],
  [
    [0.8, 15.3],
    [0.75, 15.8],
    [1.35, 16.7],
    [1.1, 17.6],
    [0.01, 17.9],
  ],
];

export const merleTeapot = {
  width: 26,
  height: 22,
  foot: 5.6,
  draw(sketch, colour, { tilt = 0.2 } = {}) {
    const glaze = glazed(colour, { gloss: 0.75, sharpness: 90 });
    const tall = Math.sqrt(1 - tilt * tilt);
    // Bail of steam-bent ash, fixed behind and in front of the lid.
    tube(sketch, "M-6.6 -11.2C-8.6 -25.6 8.6 -25.6 6.6 -11.2", 0.95, "#b98350", { gloss: 0.25 });
    spout(sketch, colour);
    lathe(sketch, { profile: POT, skin: glaze, tilt });
    const lip = sketch.radial([
      [0.8, times(colour, 0.18)],
      [1, times(colour, 0.3)],
    ]);
    sketch.ellipse(0, -12.75 * tall, 5.05, 5.05 * tilt, { fill: lip });
    lathe(sketch, { profile: LID, skin: glaze, tilt });
    for (const side of [-1, 1]) {
      sketch.ellipse(side * 6.55, -11, 0.62, 0.7, { fill: times(colour, 0.5) });
      sketch.ellipse(side * 6.62, -11.15, 0.42, 0.46, { fill: "#c99b5f" });
    }
  },
};

/** A short spout to the right, shaded separately: a bent cone is not a body of revolution. */
function spout(sketch, colour) {
  const { light } = sketch;
  const power = light.keyColour[0] + light.sky[0];
  const d = "M6.2 -3.4C9.6 -4 10.6 -7.4 12.2 -10.6L14.1 -11.6C13.4 -7.6 12.6 -2.6 8.2 -1.2Z";
  const fill = sketch.linear(
    [
      [0, times(colour, 0.9 * power)],
      [0.4, times(colour, 0.62 * power)],
      [1, times(colour, 0.16 * power)],
    ],
    { x1: 0.25, y1: 0.1, x2: 0.8, y2: 0.75 },
  );
  sketch.path(d, { fill });
  sketch.path("M7.6 -4.6C9.8 -5.2 10.8 -7.9 12.3 -10.3", {
    fill: "none",
    stroke: "#ffffff",
    "stroke-width": 0.35,
    "stroke-linecap": "round",
    opacity: 0.4 * power,
    filter: sketch.blur(0.14),
  });
  sketch.ellipse(13.15, -11.1, 1.1, 0.42, {
    fill: times(colour, 0.12),
    transform: "rotate(-27 13.15 -11.1)",
    stroke: times(colour, 0.85 * power),
    "stroke-width": 0.16,
  });
}
