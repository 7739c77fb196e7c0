/** Times and ranges as text, and as the values of date and time inputs, in the analyst's zone. Pure. */

import { DAY, midnight } from "./ranges.js";

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const weekday = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
});
const year = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const name = new Intl.DateTimeFormat("en-GB", { weekday: "long" });

/** "13:05" @param {number} time */
export const formatClock = (time) => clock.format(time);

/** "28 Nov", with its year if that is another than this one's. @param {number} time @param {number} now */
export function formatDay(time, now) {
  return (isThisYear(time, now) ? day : year).format(time);
}

/** "Sat 28 Nov" @param {number} time @param {number} now */
export function formatWeekday(time, now) {
  return isThisYear(time, now) ? weekday.format(time).replace(",", "") : year.format(time);
}

/** "Sunday" @param {number} time */
export const weekdayOf = (time) => name.format(time);

/** "Sat 28 Nov, 13:05" @param {number} time @param {number} now */
export const formatMoment = (time, now) => `${formatWeekday(time, now)}, ${formatClock(time)}`;

/**
 * "Sat 28 Nov, 13:05 to 14:05", whole days without their midnights.
 *
 * @param {{ from: number, to: number, open?: boolean }} range
 * @param {number} now
 */
export function formatRange({ from, to, open = false }, now) {
  const isWhole = midnight(from) === from && midnight(to) === to;
  if (isWhole && midnight(from, 1) === to) return formatWeekday(from, now);
  if (isWhole) return `${formatDay(from, now)} to ${formatDay(midnight(to, -1), now)}`;
  const begin = midnight(from) === from ? formatWeekday(from, now) : formatMoment(from, now);
  if (open)
    return midnight(from) === midnight(now) ? `${formatClock(from)} to now` : `${begin} to now`;
  if (midnight(from) === midnight(to - 1)) {
    return `${formatMoment(from, now)} to ${to === midnight(from, 1) ? "24:00" : formatClock(to)}`;
  }
  return `${formatMoment(from, now)} to ${formatMoment(to, now)}`;
}

/** @typedef {{ at: number, text: string }} Tick a mark below the window */

/** @type {readonly [length: number, days: number][]} */
const STEPS = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map(
    (minutes) => /** @type {[number, number]} */ ([minutes * 60_000, 0]),
  ),
  ...[1, 2, 7, 14, 28, 56].map((days) => /** @type {[number, number]} */ ([days * DAY, days])),
];

/**
 * Ticks at round times of the analyst's zone.
 *
 * @param {{ from: number, to: number }} window
 * @param {number} most
 * @returns {Tick[]}
 */
export function ticksOf({ from, to }, most) {
  const [length, days] =
    STEPS.find(([each]) => (to - from) / each <= most) ?? STEPS[STEPS.length - 1];
  /** @type {Tick[]} */
  const ticks = [];
  if (days) {
    for (let at = midnight(from, 1); at < to; at = midnight(at, days)) {
      ticks.push({ at, text: day.format(at) });
    }
    return ticks;
  }
  for (let start = midnight(from); start < to; start = midnight(start, 1)) {
    const end = midnight(start, 1);
    for (let at = start; at < end; at += length) {
      if (at < from || at >= to) continue;
      ticks.push({ at, text: at === start ? day.format(at) : formatClock(at) });
    }
  }
  return ticks;
}

/** The value of a `datetime-local` input: "2026-11-28T13:05". @param {number} time */
export function inputValue(time) {
  const it = new Date(time);
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const date = `${it.getFullYear()}-${two(it.getMonth() + 1)}-${two(it.getDate())}`;
  return `${date}T${two(it.getHours())}:${two(it.getMinutes())}`;
}

/** The time of such a value; NaN if it is none. @param {string} value */
export const timeOfInput = (value) => new Date(value).getTime();

/** The analyst's offset from UTC at a time: "+01:00". @param {number} time */
export function zoneOf(time) {
  const minutes = -new Date(time).getTimezoneOffset();
  const two = (/** @type {number} */ number) =>
    String(Math.floor(Math.abs(number))).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** @param {number} time @param {number} now */
const isThisYear = (time, now) => new Date(time).getFullYear() === new Date(now).getFullYear();
