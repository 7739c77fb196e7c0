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

import { emptyGrid, isSize, layerFrom, SPAN, spanFrom } from "./grid.js";

/** @type {readonly Mark[]} in the order of their numbers */
export const MARKS = ["clicks", "rage", "dead", "rests"];

/** Along a side of an element; where the services tell fewer, cells are numbered for so many. */
const SPOTS = 64;

/** Names below are bands, those from here on elements. */
const BANDS = 8;

/** Of a page, and the page itself; a broken message must not ask for thousands of canvases. */
const MAX_ELEMENTS = 513;

/** The services take no longer selector. */
const MAX_SELECTOR = 512;

/**
 * @param {import("./delta.js").Snapshot} snapshot
 * @returns {Detail | null} null for what is none
 */
export function detailFrom({ numbers, names, layers: [cells, moves, clicks] }) {
  const { start, end, size } = spanFrom(numbers);
  const [spots, asked, ...visitors] = numbers.slice(SPAN);
  if (!(spots >= 1 && spots <= SPOTS) || !isSize(size) || !cells) return null;
  const tiles = moves &&
    clicks && { moves: layerFrom(moves, size), clicks: layerFrom(clicks, size) };
  const bands = visitors.slice(0, BANDS).map((each, number) => ({
    name: names.get(number) ?? "",
    visitors: each,
    elements: elementsFrom(cells, names, number, spots),
    tiles: number === asked - 1 ? (tiles ?? null) : null,
  }));
  return { kind: "detail", start, end, size, spots, bands };
}

/**
 * @param {Map<number, number>} cells see services/broadcaster/snapshots.py
 * @param {Map<number, string>} names
 * @param {number} band
 * @param {number} spots
 * @returns {ElementHeat[]}
 */
function elementsFrom(cells, names, band, spots) {
  /** @type {Map<number, ElementHeat>} */
  const elements = new Map();
  for (const [cell, count] of cells) {
    const place = Math.floor(cell / (SPOTS * SPOTS));
    const [row, column] = [cell % SPOTS, Math.floor(cell / SPOTS) % SPOTS];
    const number = Math.floor(place / MARKS.length / BANDS);
    const selector = names.get(number);
    if (Math.floor(place / MARKS.length) % BANDS !== band) continue;
    if (selector === undefined || selector.length > MAX_SELECTOR) continue;
    if (!elements.has(number) && elements.size < MAX_ELEMENTS)
      elements.set(number, untouched(selector));
    const marks = elements.get(number)?.[MARKS[place % MARKS.length]];
    if (!marks || row >= spots || column >= spots) continue;
    marks.counts.set(row * spots + column, count);
    marks.total += count;
  }
  return [...elements.values()];
}

/** @param {string} selector @returns {ElementHeat} */
function untouched(selector) {
  const nothing = () => ({ counts: new Map(), total: 0 });
  return { selector, clicks: nothing(), rage: nothing(), dead: nothing(), rests: nothing() };
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
