/**
 * Where a film is, and what it shows there. Pure.
 *
 * @typedef {import("./speeds.js").Speed} Speed
 * @typedef {{ from: number, to: number }} Span ms since the epoch
 */

import { within } from "../ranges.js";

/** A longer time between two pictures is none that somebody has watched, ms: the page was hidden. */
const LONGEST_MS = 250;

/** Seconds of film that Page Up and Page Down go on. */
const PAGE_S = 10;

/**
 * @param {number} at
 * @param {number} elapsed ms since the last picture
 * @param {Speed} speed
 * @param {number} until this is loaded, or the film's end
 * @returns {number} the next place: it waits for what is not loaded
 */
export const advanced = (at, elapsed, { ms }, until) =>
  Math.max(at, Math.min(at + (Math.min(elapsed, LONGEST_MS) / 1000) * ms, until));

/**
 * What is shown at a place: as much before it as plays in a second, of the film alone.
 *
 * @param {number} at
 * @param {Speed} speed
 * @param {Span} film
 * @param {boolean} stepped a still picture for each second, for those who want no motion
 * @returns {Span}
 */
export function exposure(at, { ms }, { from, to }, stepped) {
  const seconds = (at - from) / ms;
  // The first still is not empty, the last not cut off.
  const end = stepped && at < to ? Math.min(to, from + Math.ceil(seconds || 1) * ms) : at;
  return { from: Math.max(from, end - ms), to: end };
}

/**
 * The place after a key; null for keys that do nothing. Arrows go on by a second of the film, Page Up and Page Down
 * by ten.
 *
 * @param {number} at
 * @param {string} key
 * @param {Speed} speed
 * @param {Span} film
 * @returns {number | null}
 */
export function pressed(at, key, { ms }, { from, to }) {
  const seconds = {
    ArrowLeft: -1,
    ArrowDown: -1,
    ArrowRight: 1,
    ArrowUp: 1,
    PageDown: -PAGE_S,
    PageUp: PAGE_S,
  }[key];
  const aim = seconds === undefined ? { Home: from, End: to }[key] : at + seconds * ms;
  return aim === undefined ? null : within(aim, from, to);
}
