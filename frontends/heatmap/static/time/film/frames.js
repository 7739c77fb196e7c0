/**
 * The history's film as frames, and the heat of any span of them. Pure.
 *
 * @typedef {{ cells: Uint32Array, counts: Float32Array }} Cells
 * @typedef {{ at: number, step: number, row: number, moves: Cells, clicks: Cells }} Frame
 *   The heat from `at` on for `step` ms, in rows of `row` px.
 * @typedef {{ from: number, to: number }} Span ms since the epoch
 * @typedef {{ moves: number, clicks: number }} Peaks the highest counts of a cell
 */

import { emptySheets, isSize, looksFrom } from "../../core/grid.js";
import { LAYERS } from "../../core/heat.js";
import { unpack } from "../answers.js";

/** Cells that are unpacked without a rest: a few ms of work. */
const CELLS_AT_ONCE = 10_000;

/**
 * The frames of an answer. All of them are up to 200,000 cells: too many to be unpacked between two pictures.
 *
 * @param {any} answer to `film/`
 * @param {() => Promise<void>} rest lets others work
 * @returns {Promise<{ size: number, frames: Frame[] }>} rejects if it is invalid
 */
export async function framesOf(answer, rest) {
  const { step, row, frames, "grid-size": size } = answer;
  if (!isSize(size) || !(step > 0) || !(row > 0)) throw new RangeError("This is not a film.");
  /** @type {Frame[]} */
  const found = [];
  let cells = 0;
  for (const { at, moves = "", clicks = "" } of frames) {
    const frame = { at, step, row, moves: cellsOf(moves), clicks: cellsOf(clicks) };
    found.push(frame);
    cells += frame.moves.cells.length + frame.clicks.cells.length;
    if (cells < CELLS_AT_ONCE) continue;
    cells = 0;
    await rest();
  }
  return { size, frames: found };
}

/** @param {string} packed @returns {Cells} */
function cellsOf(packed) {
  /** @type {number[]} */
  const cells = [];
  /** @type {number[]} */
  const counts = [];
  unpack(packed, (cell, count) => {
    cells.push(cell);
    counts.push(count);
  });
  return { cells: Uint32Array.from(cells), counts: Float32Array.from(counts) };
}

/**
 * The heat of a span. Of a frame that is partly in it that part counts, as if its events were evenly spread.
 *
 * @param {readonly Frame[]} frames in order; rows' heights are multiples of each other
 * @param {Span} span
 * @param {number} size columns
 * @param {Peaks} peaks of the whole film, for the scale
 * @returns {import("../../core/grid.js").Grid}
 */
export function gridOf(frames, span, size, peaks) {
  const part = frames.filter((frame) => shareIn(frame, span) > 0);
  let row = 1;
  for (const frame of part) row = Math.max(row, frame.row);
  const sheets = emptySheets();
  for (const name of LAYERS) sheets.page[name] = layerOf(part, name, span, size, row);
  const { moves, clicks } = sheets.page;
  const scale = {
    moves: Math.max(peaks.moves, moves.hottest),
    clicks: Math.max(peaks.clicks, clicks.hottest),
  };
  return {
    kind: "grid",
    start: span.from,
    end: span.to,
    size,
    row,
    sheets,
    moves,
    clicks,
    scale,
    unplaced: 0,
    visitors: null,
    newest: null,
    page: null,
    looks: looksFrom([], row),
  };
}

/**
 * @param {readonly Frame[]} frames
 * @param {"moves" | "clicks"} name
 * @param {Span} span
 * @param {number} size
 * @param {number} row px
 * @returns {import("../../core/grid.js").Layer}
 */
function layerOf(frames, name, span, size, row) {
  let last = -1;
  for (const frame of frames) {
    const { cells } = frame[name];
    if (cells.length > 0) last = Math.max(last, inRows(cells[cells.length - 1], frame, size, row));
  }
  const counts = new Float32Array((Math.floor(last / size) + 1) * size);
  for (const frame of frames) add(counts, frame, name, shareIn(frame, span), size, row);
  let [total, hottest] = [0, 0];
  for (const count of counts) {
    total += count;
    if (count > hottest) hottest = count;
  }
  return { counts, total, hottest };
}

/**
 * The highest count that a cell has in any `length` ms, by whole frames; of shorter ones, in their part of a frame.
 *
 * @param {readonly Frame[]} frames in order
 * @param {number} length ms
 * @param {number} size columns
 * @returns {Peaks}
 */
export function peaksOf(frames, length, size) {
  const peaks = { moves: 0, clicks: 0 };
  let row = 1;
  for (const frame of frames) row = Math.max(row, frame.row);
  for (const name of LAYERS) {
    let last = 0;
    for (const frame of frames) {
      for (const cell of frame[name].cells) last = Math.max(last, inRows(cell, frame, size, row));
    }
    const counts = new Float32Array(last + 1);
    let first = 0;
    for (const frame of frames) {
      const begin = frame.at + frame.step - Math.max(length, frame.step);
      const part = Math.min(1, length / frame.step);
      for (; frames[first].at < begin; first++) add(counts, frames[first], name, -part, size, row);
      peaks[name] = Math.max(peaks[name], add(counts, frame, name, part, size, row));
    }
  }
  return peaks;
}

/**
 * Adds a frame's part, and returns the highest count there.
 *
 * @param {Float32Array} counts
 * @param {Frame} frame
 * @param {"moves" | "clicks"} name
 * @param {number} part
 * @param {number} size
 * @param {number} row px
 */
function add(counts, frame, name, part, size, row) {
  const { cells, counts: more } = frame[name];
  let highest = 0;
  for (let i = 0; i < cells.length; i++) {
    const cell = inRows(cells[i], frame, size, row);
    counts[cell] += part * more[i];
    if (counts[cell] > highest) highest = counts[cell];
  }
  return highest;
}

/** The cell in rows of another height. @param {number} cell @param {Frame} frame @param {number} size @param {number} row px */
const inRows = (cell, frame, size, row) =>
  frame.row === row
    ? cell
    : Math.floor((Math.floor(cell / size) * frame.row) / row) * size + (cell % size);

/** How much of a frame is in a span, 0 to 1. @param {Frame} frame @param {Span} span */
function shareIn({ at, step }, { from, to }) {
  return Math.max(0, Math.min(to, at + step) - Math.max(from, at)) / step;
}
