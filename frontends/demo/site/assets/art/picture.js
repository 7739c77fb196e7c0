/** A product's picture: the piece on its table, in day or evening light, from one of three sides. */

import * as ceramics from "./ceramics.js";
import { DAY, EVENING } from "./light.js";
import { Sketch } from "./sketch.js";
import { glow, room, shadow, vignette, windowLight } from "./stage.js";
import * as turned from "./turned.js";

const PIECES = { ...ceramics, ...turned };
const WIDTH = 800;
const HEIGHT = 1000;
const SHORTEST_CM = 15;

export const VIEWS = ["front", "above", "pair"];

/** Cache of pictures, as addresses of SVGs: drawing one takes a tenth of a second. */
const drawn = new Map();

/**
 * Returns the address of a piece's picture.
 *
 * @param {{piece: string, wall: string, top: string, material: string}} product
 * @param {string} colour of the glaze
 * @param {string} [view] one of VIEWS
 * @param {string} [second] the other piece's glaze, in a picture of a pair
 */
export function pictureUrl(product, colour, view = "front", second = colour) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const key = [product.piece, colour, view, second, dark].join();
  if (!drawn.has(key)) {
    const svg = draw(product, colour, view, second, dark ? EVENING : DAY);
    drawn.set(key, URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" })));
  }
  return drawn.get(key);
}

function draw(product, colour, view, second, light) {
  const piece = PIECES[product.piece];
  const sketch = new Sketch(light);
  const above = view === "above";
  const horizon = above ? 330 : 620;
  room(sketch, { width: WIDTH, height: HEIGHT, horizon, ...product });
  if (!above) windowLight(sketch, { x: 70, y: 70, size: 430 });
  const share = view === "pair" ? 0.4 : 0.62;
  const tallest = Math.max(piece.height, SHORTEST_CM);
  const scale = Math.min((WIDTH * share) / piece.width, (HEIGHT * 0.52) / tallest);
  const options = above ? { tilt: 0.55 } : {};
  if (view === "pair") {
    place(sketch, piece, second, WIDTH * 0.33, 760, scale * 0.92, options);
    place(sketch, piece, colour, WIDTH * 0.64, 830, scale, options);
  } else {
    place(sketch, piece, colour, WIDTH / 2, above ? 760 : 800, scale, options);
  }
  vignette(sketch, WIDTH, HEIGHT);
  return sketch.toString(WIDTH, HEIGHT);
}

function place(sketch, piece, colour, x, y, scale, options) {
  if (piece.lit) glow(sketch, x, y - piece.height * 0.7 * scale, 520, { strength: 0.8 });
  shadow(sketch, x, y, piece.foot * scale, piece.height * scale * 0.8);
  sketch.at(x, y, scale, () => piece.draw(sketch, colour, options));
  if (piece.lit) glow(sketch, x, y, 260, { squash: 0.3, strength: 0.35 });
}

/** Six pieces on one shelf, to the right; the wall has room for text. */
export function shelfUrl() {
  const light = matchMedia("(prefers-color-scheme: dark)").matches ? EVENING : DAY;
  const sketch = new Sketch(light);
  const [width, height] = [1800, 1000];
  room(sketch, { width, height, horizon: 760, wall: "#b9c0b4", top: "#c39a6a", material: "oak" });
  windowLight(sketch, { x: 900, y: 60, size: 620, opacity: 0.6 });
  const row = [
    ["brineBottle", "#3d6b70", 850, 820, 12],
    ["duneVase", "#d8b48c", 1010, 840, 12],
    ["hearthLamp", "#5c7f86", 1390, 835, 13.5],
    ["coveBowl", "#6f8f6a", 1180, 890, 10.5],
    ["merleTeapot", "#27485c", 1625, 870, 10.5],
    ["gullCup", "#e0d3bb", 1500, 910, 10.5],
  ];
  for (const [name, colour, x, y, scale] of row)
    place(sketch, PIECES[name], colour, x, y, scale, {});
  return URL.createObjectURL(new Blob([sketch.toString(width, height)], { type: "image/svg+xml" }));
}
