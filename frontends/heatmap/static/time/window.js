/**
 * The part of time that the strip shows, in px and back; what a pointer or a key makes of a range there. Pure.
 *
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {{ from: number, to: number }} Window ms since the epoch
 * @typedef {"new" | "from" | "to" | "move"} Grip what was taken hold of: nothing, an end, or the range
 * @typedef {{ grip: Grip, at: number, range: Range | null }} Hold where, and the range then
 */

import { between, DAY, floor, HOUR, MINUTE, within } from "./ranges.js";

/** From near to far. */
export const LENGTHS = [3 * HOUR, 12 * HOUR, 2 * DAY, 8 * DAY, 35 * DAY, 100 * DAY, 400 * DAY];

/** A range takes up this part of the window at most, so that what is around it can be seen. */
const SHARE = 0.75;

/** What is shown first. */
const FIRST = 2;

/** Round times for what a px cannot tell apart. */
const UNITS = [1, 5, 10, 15, 30, 60, 180, 360].map((minutes) => minutes * MINUTE);

/**
 * The window that shows a range with what is around it, none of it after now.
 *
 * @param {Range | null} range
 * @param {number} now
 * @returns {Window}
 */
export function windowFor(range, now) {
  if (!range) return { from: now - LENGTHS[FIRST], to: now };
  const length = range.to - range.from;
  const most = LENGTHS[LENGTHS.length - 1];
  const shown = LENGTHS.find((each) => length <= SHARE * each) ?? Math.max(most, length);
  const to = range.open ? now : Math.min(now, (range.from + range.to + shown) / 2);
  return { from: to - shown, to };
}

/**
 * A nearer or farther window; the time at `share` of it stays there, as far as now allows.
 *
 * @param {Window} window
 * @param {-1 | 1} far
 * @param {number} now
 * @param {number} share
 * @returns {Window}
 */
export function zoomed({ from, to }, far, now, share = 0.5) {
  const length = to - from;
  const others =
    far > 0 ? LENGTHS.filter((it) => it > length) : LENGTHS.filter((it) => it < length);
  if (others.length === 0) return { from, to };
  const next = far > 0 ? others[0] : others[others.length - 1];
  return endingBy(from + share * (length - next), next, now);
}

/** By so much of the window it is moved at a time. */
const MOVE = 0.5;

/**
 * The window after one of the strip's buttons. It is zoomed at the range's middle, or at its newest end.
 *
 * @param {Window} window
 * @param {"nearer" | "farther" | "earlier" | "later"} how
 * @param {Range | null} range
 * @param {number} now
 */
export function turned(window, how, range, now) {
  if (how === "earlier" || how === "later") {
    return moved(window, how === "later" ? MOVE : -MOVE, now);
  }
  const at = range ? shareOf(window, (range.from + range.to) / 2) : 1;
  const isInside = at >= 0 && at <= 1;
  const next = zoomed(window, how === "farther" ? 1 : -1, now, isInside ? at : 0.5);
  return range && isInside ? holding(next, range) : next;
}

/** The window that is moved to have all of a range, if it can. @param {Window} window @param {Range} range @returns {Window} */
function holding(window, range) {
  const length = window.to - window.from;
  if (range.to - range.from > length) return window;
  const from = within(window.from, range.to - length, range.from);
  return { from, to: from + length };
}

/** An earlier or later window. @param {Window} window @param {number} share of its length @param {number} now */
export const moved = ({ from, to }, share, now) =>
  endingBy(from + share * (to - from), to - from, now);

/** @param {number} from @param {number} length @param {number} now @returns {Window} */
function endingBy(from, length, now) {
  const to = Math.min(now, from + length);
  return { from: to - length, to };
}

/** Where a time is, as a share of the window. @param {Window} window @param {number} time */
export const shareOf = ({ from, to }, time) => (time - from) / (to - from);

/** The time at a share of the window. @param {Window} window @param {number} share */
export const timeAt = ({ from, to }, share) => from + share * (to - from);

/**
 * The time at a px: a round one of those that it has; whole minutes where each has a px.
 *
 * @param {Window} window
 * @param {number} x px
 * @param {number} width px of the window
 */
export function pointed(window, x, width) {
  const time = timeAt(window, within(x / width, 0, 1));
  const px = (window.to - window.from) / width;
  let unit = MINUTE;
  for (const each of UNITS) if (each <= 2 * px) unit = each;
  const offset = new Date(time).getTimezoneOffset() * MINUTE;
  return Math.round((time - offset) / unit) * unit + offset;
}

/**
 * The range while it is dragged.
 *
 * @param {Hold} hold
 * @param {number} time where the pointer is
 * @param {number} now
 * @returns {Range}
 */
export function dragged({ grip, at, range }, time, now) {
  if (!range || grip === "new") return between(at, time, now);
  if (grip === "from") return kept(between(time, range.to, now), range, now);
  if (grip === "to") return between(range.from, time, now);
  return shifted(range, time - at, now);
}

/** An end that was not moved stays open. @param {Range} next @param {Range} range @param {number} now @returns {Range} */
function kept(next, range, now) {
  const isEnd = range.open && next.to >= floor(range.to);
  return isEnd ? { ...next, to: now, open: true } : next;
}

/** The range earlier or later, as long as before. @param {Range} range @param {number} by ms @param {number} now */
export function shifted({ from, to }, by, now) {
  const length = Math.max(MINUTE, floor(to) - floor(from));
  const begin = Math.min(from + by, floor(now) - length);
  return between(begin, begin + length, now);
}

/** By how much a key moves an end or the range, ms; null for other keys. */
const KEYS = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
};

/**
 * The range after a key: arrows move by a minute, with Shift by an hour; Page Up and Page Down by a day, the whole
 * range by its length; Home and End to the window's ends.
 *
 * @param {Exclude<Grip, "new">} grip
 * @param {Range} range
 * @param {{ key: string, shiftKey: boolean }} press
 * @param {Window} window
 * @param {number} now
 * @returns {Range | null} null if the key does nothing
 */
export function pressed(grip, range, { key, shiftKey }, window, now) {
  const length = floor(range.to) - floor(range.from);
  const page = grip === "move" ? Math.max(length, MINUTE) : DAY;
  const by = KEYS[key]
    ? KEYS[key] * (shiftKey ? HOUR : MINUTE)
    : { PageUp: page, PageDown: -page }[key];
  if (grip === "move") {
    const ends = { Home: window.from - range.from, End: window.to - range.to };
    const shift = by ?? ends[key];
    return shift === undefined ? null : shifted(range, shift, now);
  }
  const time = by === undefined ? { Home: window.from, End: window.to }[key] : range[grip] + by;
  if (time === undefined) return null;
  const held = { grip, at: range[grip], range };
  // An end does not pass the other one.
  const bound =
    grip === "from" ? Math.min(time, range.to - MINUTE) : Math.max(time, range.from + MINUTE);
  return dragged(held, bound, now);
}
