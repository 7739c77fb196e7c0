/**
 * A page's detail, decoded: what was done on which element, by visitors of which width band.
 *
 * Selectors come from visitors' browsers: they are looked up and shown as text, and nothing else.
 *
 * @typedef {"clicks" | "rage" | "dead" | "rests"} Mark what is counted on elements; `rests` in seconds
 * @typedef {{ counts: Map<number, number>, total: number }} Marks
 *   `counts` by spot: `row * spots + column`, of the element's box cut into `spots` × `spots`.
 * @typedef {{ selector: string } & Record<Mark, Marks>} ElementHeat
 *   The selector "" is the page itself.
 * @typedef {import("./grid.js").Layer} Layer
 * @typedef {{
 *   name: string, visitors: number, elements: ElementHeat[], tiles: { moves: Layer, clicks: Layer } | null,
 * }} Band
 *   `tiles` are there for the band that was asked for.
 * @typedef {{
 *   kind: "detail", start: number, end: number, size: number, spots: number, bands: Band[],
 * }} Detail
 */

import { decodeLayer, emptyGrid, isSize, isTile } from "./grid.js";

/** @type {readonly Mark[]} */
export const MARKS = ["clicks", "rage", "dead", "rests"];

/** Along a side of an element; the services tell no more. */
const MAX_SPOTS = 64;

/** Of a page, and the page itself; a broken record must not ask for thousands of canvases. */
const MAX_ELEMENTS = 513;

/** As many as the services can be set to, and "unknown". */
const MAX_BANDS = 8;

/** The services take no longer selector. */
const MAX_SELECTOR = 512;

/**
 * @param {any} record
 * @returns {Detail | null} null for what is none
 */
export function decodeDetail(record) {
  const { start, end, spots, bands, "grid-size": size } = record;
  const whole = Number.isInteger(spots) && spots >= 1 && spots <= MAX_SPOTS && isSize(size);
  if (!whole || !Array.isArray(bands)) return null;
  const known = bands.filter((band) => typeof band?.name === "string").slice(0, MAX_BANDS);
  return {
    kind: "detail",
    start,
    end,
    size,
    spots,
    bands: known.map((band) => decodeBand(band, size, spots)),
  };
}

/** @param {any} band @param {number} size @param {number} spots @returns {Band} */
function decodeBand({ name, visitors, elements, value, clicks }, size, spots) {
  const listed = Array.isArray(elements) ? elements.filter(isElement).slice(0, MAX_ELEMENTS) : [];
  return {
    name,
    visitors: visitors > 0 ? Number(visitors) : 0,
    elements: listed.map((element) => decodeElement(element, spots)),
    tiles: value && {
      moves: decodeLayer(value, size),
      clicks: decodeLayer(clicks ?? {}, size),
    },
  };
}

/** @param {any} element */
function isElement(element) {
  return typeof element?.selector === "string" && element.selector.length <= MAX_SELECTOR;
}

/** @param {any} element @param {number} spots @returns {ElementHeat} */
function decodeElement({ selector, clicks, rage, dead, rests }, spots) {
  const marks = (/** @type {any} */ cells) => decodeMarks(cells ?? {}, spots);
  return {
    selector,
    clicks: marks(clicks),
    rage: marks(rage),
    dead: marks(dead),
    rests: marks(rests),
  };
}

/**
 * @param {Record<string, Record<string, number>>} cells column → row → count
 * @param {number} spots
 * @returns {Marks}
 */
function decodeMarks(cells, spots) {
  /** @type {Marks} */
  const marks = { counts: new Map(), total: 0 };
  for (const [column, rows] of Object.entries(cells)) {
    for (const [row, count] of Object.entries(rows)) {
      if (!isTile(Number(column), spots) || !isTile(Number(row), spots) || !(count > 0)) continue;
      marks.counts.set(Number(row) * spots + Number(column), Number(count));
      marks.total += Number(count);
    }
  }
  return marks;
}

/**
 * The elements of one band, or of all bands together.
 *
 * @param {Detail} detail
 * @param {string} name of the band, "" for all
 * @returns {ElementHeat[]}
 */
export function elementsOf(detail, name) {
  if (name) return detail.bands.find((band) => band.name === name)?.elements ?? [];
  /** @type {Map<string, ElementHeat>} */
  const all = new Map();
  for (const element of detail.bands.flatMap((band) => band.elements)) {
    const known = all.get(element.selector);
    all.set(element.selector, known ? sum(known, element) : element);
  }
  return [...all.values()];
}

/** @param {ElementHeat} one @param {ElementHeat} other @returns {ElementHeat} */
function sum(one, other) {
  const { selector } = one;
  const [clicks, rage, dead, rests] = MARKS.map((mark) => {
    const counts = new Map(one[mark].counts);
    for (const [spot, count] of other[mark].counts) {
      counts.set(spot, (counts.get(spot) ?? 0) + count);
    }
    return { counts, total: one[mark].total + other[mark].total };
  });
  return { selector, clicks, rage, dead, rests };
}

/**
 * The page's grid as the visitors of one band made it.
 *
 * @param {import("./grid.js").Grid} grid of all
 * @param {Detail} detail
 * @param {string} name of the band
 * @returns {import("./grid.js").Grid | null} null while the band's tiles aren't there
 */
export function gridOf(grid, detail, name) {
  const band = detail.bands.find((each) => each.name === name);
  const { start, end, size } = detail;
  // A band of which nothing is told has had no visitors.
  const { moves, clicks } = band ? (band.tiles ?? {}) : emptyGrid(size);
  if (!moves || !clicks) return null;
  return {
    ...grid,
    start,
    end,
    size,
    moves,
    clicks,
    unplaced: 0,
    visitors: band?.visitors ?? 0,
  };
}
