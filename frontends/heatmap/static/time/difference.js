/**
 * Two ranges beside each other: the shares of page views that came to places and elements, and which of these
 * changed by more than chance. Pure.
 *
 * @typedef {"more" | "less" | "same" | "few"} Kind `few`: too few page views to say
 * @typedef {{ before: number, after: number, kind: Kind }} Change shares, 0 to 1
 * @typedef {{ from: number, to: number, exact: string, views: number }} Side
 * @typedef {{
 *   before: Side, after: Side, size: number, row: number, cells: Map<number, Change>,
 *   elements: Map<string, Change>, most: number,
 * }} Difference
 *   A cell is row · `size` + column, rows are `row` px high. `most`: the largest change by more than chance.
 */

import { formatCount, formatShare, formatUnit } from "../core/format.js";

/** Two colours that people with colour vision deficiency tell apart, on either side of grey. */
const MORE = "230 97 1";
const LESS = "33 102 172";
const SAME = "128 128 128";

/** Opacity of a place that did not change, and of the least and the largest change, through which text is read. */
const FAINT = 0.13;
const LEAST = 0.25;
const MOST = 0.65;

/**
 * @param {any} answer to `compare/`
 * @returns {Difference}
 */
export function differenceOf(answer) {
  let most = 0;
  const changed = (/** @type {any} */ { before, after, z, differs }) => {
    /** @type {Kind} */
    const kind = z === null ? "few" : !differs ? "same" : after > before ? "more" : "less";
    if (differs) most = Math.max(most, Math.abs(after - before));
    return { before, after, kind };
  };
  return {
    before: answer.before,
    after: answer.after,
    size: answer["grid-size"],
    row: answer.row,
    cells: new Map(answer.cells.map((/** @type {any} */ it) => [it.place, changed(it)])),
    elements: new Map(answer.elements.map((/** @type {any} */ it) => [it.place, changed(it)])),
    most,
  };
}

/** The colour of a change, as CSS; null for what is not drawn. @param {Change} change @param {number} most */
export function colourOf({ before, after, kind }, most) {
  if (kind === "few") return null;
  if (kind === "same") return `rgb(${SAME} / ${FAINT})`;
  const part = most > 0 ? Math.abs(after - before) / most : 0;
  return `rgb(${kind === "more" ? MORE : LESS} / ${(LEAST + (MOST - LEAST) * part).toFixed(3)})`;
}

/**
 * In which part of the page's width an element is: near an edge, its label does not leave the page.
 *
 * @param {{ left: number, width: number }} place px
 * @param {number} width px
 */
export function sideOf(place, width) {
  const middle = (place.left + place.width / 2) / width;
  return middle < 0.25 ? "left" : middle > 0.75 ? "right" : "middle";
}

/** "8 % → 12 %" @param {Change} change */
export const sharesText = ({ before, after }) => `${formatShare(before)} → ${formatShare(after)}`;

/** "+4 points", or why there is nothing to say. @param {Change} change */
export function changeText({ before, after, kind }) {
  if (kind === "few") return "too few page views to say";
  if (kind === "same") return "no more than chance";
  const points = Math.round(1000 * (after - before)) / 10;
  return `${points > 0 ? "+" : "−"}${Math.abs(points)} points`;
}

/**
 * What the list says of each element.
 *
 * @param {Difference} difference
 * @param {{ before: string, after: string }} only what is said of elements that were clicked on in one of the two
 * @returns {Map<string, import("../core/shown.js").Change>}
 */
export function changesOf({ elements }, only) {
  return new Map(
    [...elements].map(([selector, change]) => [
      selector,
      {
        shares: sharesText(change),
        change: changeText(change),
        only: onlyText(change, only),
        isSaid: isMoreThanChance(change),
      },
    ]),
  );
}

/** By chance alone an element may have no clicks. @param {Change} change @param {{ before: string, after: string }} only */
function onlyText(change, only) {
  if (!isMoreThanChance(change)) return "";
  return change.after === 0 ? only.before : change.before === 0 ? only.after : "";
}

/** @param {Change} change */
const isMoreThanChance = ({ kind }) => kind === "more" || kind === "less";

/** What differs, in words. @param {Difference} difference @param {"cells" | "elements"} what */
export function summaryOf(difference, what) {
  let [changed, few] = [0, 0];
  for (const { kind } of difference[what].values()) {
    if (kind === "few") few++;
    else if (kind !== "same") changed++;
  }
  const name = what === "cells" ? "places" : "elements";
  if (difference[what].size === 0) return `No ${name} to compare.`;
  const rest =
    few > 0 ? ` ${formatCount(few)} ${few === 1 ? "has" : "have"} too few page views to say.` : "";
  if (changed === 0) return `No ${name} changed by more than chance.${rest}`;
  return `${formatUnit(changed, name.slice(0, -1))} changed by more than chance.${rest}`;
}
