/**
 * Colours of heat: position on the scale → colour and opacity, in tables of 256 steps.
 *
 * The maps are perceptually uniform: equal steps of count look equally far apart, also to people with
 * colour vision deficiency and in greyscale print. Opacity starts at 0, so cold areas are not covered,
 * and warm areas show by colour instead of a haze.
 */

export const STEPS = 256;

/**
 * Moves: "plasma" by Nathaniel Smith and Stéfan van der Walt (matplotlib, CC0), every 16th of its
 * 256 colours. Violet through red to yellow is visible on light and dark pages.
 */
const PLASMA =
  "0d0887 310597 4c02a1 6600a7 7e03a8 9511a1 aa2395 bc3587 cc4778 " +
  "da5a6a e66c5c f0804e f89540 fdac33 fdc527 f8df25 f0f921";

/**
 * Clicks: our own, even steps of OKLab lightness from 0.48 to 0.96 with hue from 205° to 160°. Plasma
 * has none of these colours, so clicks stand out from the moves below.
 */
const MINT = "006b74 047e83 049392 06a89f 05beab 21d4b5 51e8bf 75fbc8 d0ffe4";

/**
 * Made the same way: rage clicks in red (hue 15° to 35°), dead clicks in a cold blue (268° to 232°), and
 * dwell, which is shown alone, in amber (45° to 95°).
 */
const RED = "92002e b20234 c53342 d55455 e4706a f28c80 ffa698 ffc7ba ffe5de";
const BLUE = "1a2c94 2149a4 3063b3 447cc1 5c95ce 77addc 95c5e9 b4ddf7 ddf2fe";
const AMBER = "772e00 8e4200 a35705 ba6d01 ce8406 e19d1f f2b734 ffd258 ffefb3";

/**
 * Opacity as a function of heat h: `most * (1 - (1 - h ** gentle) ** steep)`. Moves start gently, or paths
 * between points of interest would cover the page with haze; the page stays readable under its hottest
 * spot. Even a single click among many is visible.
 */
const MOVES_OPACITY = { gentle: 1.35, steep: 3, most: 0.92 };
const CLICKS_OPACITY = { gentle: 1, steep: 7, most: 1 };

/** Rows lie across the whole page: it stays readable, and shares, which are high on most of it, only tint it. */
const ATTENTION_OPACITY = { gentle: 1, steep: 1.5, most: 0.55 };
const SCROLL_OPACITY = { gentle: 1, steep: 5, most: 0.36 };

/** @typedef {import("./heat.js").LayerName | import("./breakdown.js").Mark | import("./looks.js").RowLayer} HeatName */
/** @typedef {Uint8ClampedArray<ArrayBuffer>} ColourTable STEPS × (red, green, blue, alpha) */

/** @type {Record<HeatName, ColourTable>} */
export const COLOURS = {
  moves: colourTable(PLASMA, MOVES_OPACITY),
  clicks: colourTable(MINT, CLICKS_OPACITY),
  rage: colourTable(RED, CLICKS_OPACITY),
  dead: colourTable(BLUE, CLICKS_OPACITY),
  dwell: colourTable(AMBER, MOVES_OPACITY),
  attention: colourTable(PLASMA, ATTENTION_OPACITY),
  scroll: colourTable(PLASMA, SCROLL_OPACITY),
};

/**
 * @param {string} anchors evenly spaced colours, "rrggbb rrggbb …"
 * @param {typeof MOVES_OPACITY} opacity
 * @returns {ColourTable}
 */
function colourTable(anchors, { gentle, steep, most }) {
  const colours = anchors.split(" ").map((hex) => Number.parseInt(hex, 16));
  const table = new Uint8ClampedArray(4 * STEPS);
  for (let step = 1; step < STEPS; step++) {
    const heat = step / (STEPS - 1);
    const place = heat * (colours.length - 1);
    const from = Math.min(Math.floor(place), colours.length - 2);
    for (let channel = 0; channel < 3; channel++) {
      const shift = 16 - 8 * channel;
      const low = (colours[from] >> shift) & 255;
      const high = (colours[from + 1] >> shift) & 255;
      table[4 * step + channel] = low + (high - low) * (place - from);
    }
    table[4 * step + 3] = 255 * most * (1 - (1 - heat ** gentle) ** steep);
  }
  return table;
}
