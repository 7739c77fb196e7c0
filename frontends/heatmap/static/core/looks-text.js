/** What the panel says of a layer across the page: of how many page views, of when, and its exact values. */

import {
  formatCount,
  formatPx,
  formatSeconds,
  formatShare,
  formatTime,
  formatUnit,
} from "./format.js";
import { fits, foldOf, marksOf, readAt, viewsOf } from "./looks.js";

/**
 * @typedef {{ of: string, marks: { share: string, y: string }[], note: string, place: string, reading: string, value: string }} Text
 *   `of` says of how many page views and of when; `marks` how far down a share of them came; `reading` what the
 *   values at a `place` are, and `value` the layer's alone. Each may be empty.
 */

const EMPTY =
  "Nothing was in view yet. A part of the page counts when a visitor holds it still for a quarter of a second.";

const FITS =
  "This page fits the window of everybody: all of it is seen at once, so 100 % reach its end.";

/**
 * @param {import("./looks.js").RowLayer} layer
 * @param {import("./grid.js").Grid | null} grid
 * @param {{ y: number, pointed: boolean }} at the place to read, px; `pointed`: by the pointer, else the window's middle
 * @returns {Text}
 */
export function textOf(layer, grid, at) {
  const views = grid ? viewsOf(grid.looks) : 0;
  if (!grid || views === 0)
    return { of: "", marks: [], note: EMPTY, place: "", reading: "", value: "" };
  const { looks, start, end, label = `${formatTime(start)} to ${formatTime(end)}` } = grid;
  const height = grid.page?.height ?? null;
  const isFit = height !== null && fits(looks, height);
  const { from, to, ms, reached } = readAt(looks, height, at.y);
  const seconds = `${formatSeconds(ms)} in view, ${formatSeconds(ms / views)} per page view`;
  const share = formatShare(reached / views);
  return {
    of: `${formatUnit(views, "page view")}, ${label}`,
    marks: layer === "scroll" && !isFit ? marksOf(looks, height).map(markText) : [],
    note: [isFit ? FITS : "", layer === "scroll" && !isFit ? foldText(foldOf(looks)) : ""].join(""),
    place: `${formatCount(from)}–${formatPx(to)}, ${at.pointed ? "under the pointer" : "middle of the window"}`,
    reading:
      layer === "attention" ? seconds : `${formatUnit(reached, "page view")} reach it, ${share}`,
    value: layer === "attention" ? formatSeconds(ms) : share,
  };
}

/** @param {import("./looks.js").Mark} mark */
const markText = ({ share, y }) => ({ share: formatShare(share), y: formatPx(y) });

/** @param {import("./looks.js").Fold | null} fold */
function foldText(fold) {
  if (!fold) return "";
  const { average, low, high } = fold;
  const spread = low === high ? "" : `; 8 of 10 are from ${formatCount(low)} to ${formatPx(high)}`;
  return `Windows end at ${formatPx(average)} on average${spread}.`;
}
