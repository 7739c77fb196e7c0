/**
 * What is read from the page: its sizes, and what of it stays when it scrolls.
 *
 * Lengths are in px; `first` is in page coordinates.
 *
 * @typedef {{width: number, height: number}} Size
 * @typedef {{path: string, document: Size, viewport: Size, first?: {x: number, y: number}}} Page
 */

import { quietly } from "./calls.js";

/** Whether this page is looked at: then nothing of it is sent. */
export const hasOverlay = () => document.querySelector("[data-pageheat-overlay]");

/** Ingest takes real sizes only, and an empty frame has none. @returns {Size} */
const size = (/** @type {number} */ width, /** @type {number} */ height) => ({
  width: Math.max(1, width),
  height: Math.max(1, height),
});

/** Whether one of them does not scroll with the page. @param {EventTarget[]} nodes */
export const isFixed = (nodes) =>
  nodes.some((it) => it instanceof Element && /fixed|sticky/.test(getComputedStyle(it).position));

/**
 * The top left corner of the body's first element that has a box (scripts, styles and our own mark
 * have none). One that doesn't scroll has the corner that it has at the top of the page.
 */
const firstCorner = quietly(() => {
  let first = document.body?.firstElementChild;
  while (first && !first.getClientRects().length) first = first.nextElementSibling;
  if (!first) return;
  const { left, top } = first.getBoundingClientRect();
  const fixed = isFixed([first]);
  const x = Math.round(fixed ? left : left + scrollX);
  const y = Math.round(fixed ? top : top + scrollY);
  if (x || y) return { x, y };
});

/**
 * The page as it is now. Asked for samples only, as it may cost a layout. The scrolling element,
 * in quirks mode the body, is as large as the viewport at least.
 * @returns {Page}
 */
export const measure = () => {
  const root = document.scrollingElement || document.documentElement;
  return {
    path: location.pathname,
    document: size(root.scrollWidth, root.scrollHeight),
    viewport: size(innerWidth, innerHeight),
    first: firstCorner(),
  };
};
