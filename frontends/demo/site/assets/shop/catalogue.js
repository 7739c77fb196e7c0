/** The shop's products. Prices in euros; glazes by name, with the colour of their picture. */

/**
 * @typedef {{name: string, colour: string}} Glaze
 * @typedef {{slug: string, name: string, kind: string, piece: string, price: number, rating: number,
 *   reviews: number, line: string, size: string, glazes: Glaze[], wall: string, top: string,
 *   material: string}} Product
 */

const SAND = { name: "Sand", colour: "#d8b48c" };
const TIDE = { name: "Tide", colour: "#4f7f86" };
const SAMPHIRE = { name: "Samphire", colour: "#6f8f6a" };
const DUSK = { name: "Dusk", colour: "#27485c" };
const CHALK = { name: "Chalk", colour: "#e2d8c4" };
const RUST = { name: "Rust", colour: "#a4532f" };
const PLUM = { name: "Sea lavender", colour: "#7d6788" };

const PLASTER = { wall: "#c9a98a", top: "#e2d0b6", material: "stone" };
const MARSH = { wall: "#a9b5a5", top: "#c9a070", material: "oak" };
const MIST = { wall: "#b7c1c6", top: "#d9d3c6", material: "stone" };
const BLUSH = { wall: "#cfa79a", top: "#b98a5e", material: "oak" };

/** @type {Product[]} */
export const PRODUCTS = [
  {
    slug: "dune-vase",
    name: "Dune vase",
    kind: "Vases",
    piece: "duneVase",
    price: 84,
    rating: 4.8,
    reviews: 61,
    line: "A long neck for one branch of sea buckthorn.",
    size: "31 cm high, 21 cm wide",
    glazes: [SAND, CHALK, RUST],
    ...PLASTER,
  },
  {
    slug: "tide-mug",
    name: "Tide mug",
    kind: "Cups",
    piece: "tideMug",
    price: 26,
    rating: 4.9,
    reviews: 212,
    line: "Two glazes that meet like water and shore.",
    size: "9 cm high, holds 320 ml",
    glazes: [TIDE, SAMPHIRE, PLUM],
    ...MARSH,
  },
  {
    slug: "cove-bowl",
    name: "Cove bowl",
    kind: "Table",
    piece: "coveBowl",
    price: 58,
    rating: 4.7,
    reviews: 94,
    line: "Deep enough for a salad for four.",
    size: "28 cm wide, 10 cm deep",
    glazes: [SAMPHIRE, TIDE, DUSK],
    ...MIST,
  },
  {
    slug: "merle-teapot",
    name: "Merle teapot",
    kind: "Table",
    piece: "merleTeapot",
    price: 128,
    rating: 4.9,
    reviews: 47,
    line: "Pours without a drop, under a handle of bent ash.",
    size: "22 cm high, holds 900 ml",
    glazes: [DUSK, RUST, CHALK],
    ...BLUSH,
  },
  {
    slug: "kelp-planter",
    name: "Kelp planter",
    kind: "Vases",
    piece: "kelpPlanter",
    price: 46,
    rating: 4.6,
    reviews: 38,
    line: "Fluted by hand, with room for roots.",
    size: "17 cm high, 19 cm wide",
    glazes: [SAMPHIRE, SAND, DUSK],
    ...MIST,
  },
  {
    slug: "gull-cup",
    name: "Gull cup",
    kind: "Cups",
    piece: "gullCup",
    price: 19,
    rating: 4.8,
    reviews: 156,
    line: "Small, warm, and without a handle.",
    size: "7 cm high, holds 180 ml",
    glazes: [CHALK, TIDE, RUST],
    ...BLUSH,
  },
  {
    slug: "hearth-lamp",
    name: "Hearth lamp",
    kind: "Light",
    piece: "hearthLamp",
    price: 189,
    rating: 4.9,
    reviews: 29,
    line: "A glazed foot, a linen shade, an evening.",
    size: "32 cm high, 28 cm wide",
    glazes: [TIDE, RUST, CHALK],
    ...PLASTER,
  },
  {
    slug: "shoal-plate",
    name: "Shoal plate",
    kind: "Table",
    piece: "shoalPlate",
    price: 34,
    rating: 4.7,
    reviews: 133,
    line: "A calm rim around whatever there is.",
    size: "27 cm wide",
    glazes: [TIDE, SAND, DUSK],
    ...MARSH,
  },
  {
    slug: "salt-jar",
    name: "Salt jar",
    kind: "Table",
    piece: "saltJar",
    price: 39,
    rating: 4.8,
    reviews: 72,
    line: "Keeps salt dry and within reach, under oak.",
    size: "18 cm high, holds 1 l",
    glazes: [CHALK, SAMPHIRE, PLUM],
    ...MIST,
  },
  {
    slug: "brine-bottle",
    name: "Brine bottle",
    kind: "Vases",
    piece: "brineBottle",
    price: 52,
    rating: 4.5,
    reviews: 25,
    line: "For oil, for vinegar, or for one tulip.",
    size: "29 cm high, holds 700 ml",
    glazes: [DUSK, TIDE, RUST],
    ...BLUSH,
  },
  {
    slug: "ember-candlestick",
    name: "Ember candlestick",
    kind: "Light",
    piece: "emberHolder",
    price: 31,
    rating: 4.6,
    reviews: 51,
    line: "Turned slim, weighted in the foot.",
    size: "14 cm high",
    glazes: [RUST, DUSK, SAND],
    ...PLASTER,
  },
  {
    slug: "reef-tumbler",
    name: "Reef tumbler",
    kind: "Cups",
    piece: "reefTumbler",
    price: 22,
    rating: 4.7,
    reviews: 88,
    line: "Grooves that a cold hand will hold on to.",
    size: "10 cm high, holds 260 ml",
    glazes: [PLUM, SAND, SAMPHIRE],
    ...MARSH,
  },
];

export const KINDS = [...new Set(PRODUCTS.map((product) => product.kind))];

/** @param {string} slug */
export const productOf = (slug) => PRODUCTS.find((product) => product.slug === slug);

/** @param {number} euros */
export const price = (euros) => `€ ${euros}`;

export const REVIEWS = [
  ["Marit", 5, "Heavier than it looks, in the best way. It has not left the table since it came."],
  [
    "Jonas",
    5,
    "The glaze breaks over the edge exactly as in the picture, and differently each time I look.",
  ],
  [
    "Ineke",
    4,
    "A little smaller than I had thought; I measured badly. Beautifully packed in straw.",
  ],
  ["Tomasz", 5, "Bought one, then three more. The dishwasher does nothing to it."],
  ["Aoife", 5, "You can feel the throwing rings inside. Nobody in this house may break it."],
  [
    "Pelle",
    4,
    "Colour a touch greener in our kitchen light. I like it more now than on the first day.",
  ],
  ["Ruth", 5, "My mother has pots from the seventies that look tired beside this one."],
  ["Emre", 5, "It came with a note from whoever fired it. Small thing, kept."],
];
