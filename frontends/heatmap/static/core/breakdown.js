/**
 * A page's decoded breakdown: the events on each element, by width band.
 *
 * Selectors come from visitors' browsers and are untrusted: they are only looked up and shown as text.
 *
 * @typedef {"clicks" | "rage" | "dead" | "dwell"} Mark counted on elements; `dwell` in seconds
 * @typedef {{ counts: Map<number, number>, total: number, views?: number }} Marks
 *   `counts` by spot: see spots.js. `views`: the page views that they are of, where that is known.
 * @typedef {{ selector: string } & Record<Mark, Marks>} ElementHeat
 *   The selector "" is the page itself.
 * @typedef {{
 *   name: string, visitors: number, elements: ElementHeat[], sheets: import("./grid.js").Sheets | null,
 *   looks: import("./grid.js").Looks | null,
 * }} Band
 *   Only the requested band has `sheets` and `looks`.
 * @typedef {{
 *   kind: "breakdown", start: number, end: number, size: number, row: number, division: import("./spots.js").Division,
 *   bands: Band[],
 * }} Breakdown
 */

import {
  emptySheets,
  FINE,
  isSize,
  looksFrom,
  SPAN,
  sheetsFrom,
  spanFrom,
  sumsOf,
} from "./grid.js";
import { COLUMNS, ROWS } from "./spots.js";

/** @type {readonly Mark[]} in the order of their numbers on the wire */
export const MARKS = ["clicks", "rage", "dead", "dwell"];

/** The most spots along a side of a small element. */
const SPOTS = 64;

/** Names below this number are bands, the others elements. */
const BANDS = 8;

/** Including the page itself; a corrupt message must not create thousands of canvases. */
const MAX_ELEMENTS = 513;

/** The services accept no longer selector. */
const MAX_SELECTOR = 512;

/**
 * @param {import("./delta.js").Snapshot} snapshot
 * @returns {Breakdown | null} null if it is invalid
 */
export function breakdownFrom({ numbers, names, layers: [cells, ...fine] }) {
  const { start, end, size } = spanFrom(numbers);
  const [spots, spotPx, row, requested, lookRow, ...visitors] = numbers.slice(SPAN);
  if (!(spots >= 1 && spots <= SPOTS && spotPx >= 1) || !isSize(size) || !cells) return null;
  const sheets = sheetsFrom(fine, size);
  const bands = visitors.slice(0, BANDS).map((each, number) => ({
    name: names.get(number) ?? "",
    visitors: each,
    elements: elementsFrom(cells, names, number),
    sheets: number === requested - 1 ? sheets : null,
    looks: number === requested - 1 ? looksFrom(fine.slice(FINE), lookRow) : null,
  }));
  return { kind: "breakdown", start, end, size, row, division: { spots, spotPx }, bands };
}

/**
 * @param {Map<number, number>} cells numbered as in services/broadcaster/snapshots.py
 * @param {Map<number, string>} names
 * @param {number} band
 * @returns {ElementHeat[]}
 */
function elementsFrom(cells, names, band) {
  /** @type {Map<number, ElementHeat>} */
  const elements = new Map();
  for (const [cell, count] of cells) {
    const kind = Math.floor(cell / (COLUMNS * ROWS));
    const number = Math.floor(kind / MARKS.length / BANDS);
    const selector = names.get(number);
    if (Math.floor(kind / MARKS.length) % BANDS !== band) continue;
    if (selector === undefined || selector.length > MAX_SELECTOR) continue;
    if (!elements.has(number) && elements.size < MAX_ELEMENTS)
      elements.set(number, emptyElement(selector));
    const marks = elements.get(number)?.[MARKS[kind % MARKS.length]];
    if (!marks) continue;
    marks.counts.set(cell % (COLUMNS * ROWS), count);
    marks.total += count;
  }
  return [...elements.values()];
}

/** @param {string} selector @returns {ElementHeat} */
function emptyElement(selector) {
  const nothing = () => ({ counts: new Map(), total: 0 });
  return { selector, clicks: nothing(), rage: nothing(), dead: nothing(), dwell: nothing() };
}

/**
 * The elements of one band, or of all bands summed.
 *
 * @param {Breakdown} breakdown
 * @param {string} name of the band, "" for all
 * @returns {ElementHeat[]}
 */
export function elementsOf(breakdown, name) {
  if (name) return breakdown.bands.find((band) => band.name === name)?.elements ?? [];
  /** @type {Map<string, ElementHeat>} */
  const all = new Map();
  for (const element of breakdown.bands.flatMap((band) => band.elements)) {
    const known = all.get(element.selector);
    all.set(element.selector, known ? sum(known, element) : element);
  }
  return [...all.values()];
}

/** @param {ElementHeat} one @param {ElementHeat} other @returns {ElementHeat} */
function sum(one, other) {
  const { selector } = one;
  const [clicks, rage, dead, dwell] = MARKS.map((mark) => {
    const counts = new Map(one[mark].counts);
    for (const [spot, count] of other[mark].counts) {
      counts.set(spot, (counts.get(spot) ?? 0) + count);
    }
    return { counts, total: one[mark].total + other[mark].total };
  });
  return { selector, clicks, rage, dead, dwell };
}

/**
 * The page's grid for the visitors of one band.
 *
 * @param {import("./grid.js").Grid} grid of all visitors
 * @param {Breakdown} breakdown
 * @param {string} name of the band
 * @returns {import("./grid.js").Grid | null} null until the band's tiles arrive
 */
export function gridOf(grid, breakdown, name) {
  const band = breakdown.bands.find((each) => each.name === name);
  const { start, end, size, row } = breakdown;
  // A band missing from the breakdown has no visitors.
  const sheets = band ? band.sheets : emptySheets();
  if (!sheets) return null;
  return {
    ...grid,
    start,
    end,
    size,
    row,
    sheets,
    ...sumsOf(sheets),
    unplaced: 0,
    visitors: band?.visitors ?? 0,
    looks: band?.looks ?? looksFrom([], row),
  };
}
