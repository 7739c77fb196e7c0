/**
 * Ranges of time, as an analyst chooses them: presets, and what is before one. Pure.
 *
 * Times are ms since the epoch; days are those of the analyst's zone.
 *
 * @typedef {"hour" | "today" | "yesterday" | "week" | "month" | "weekday"} Preset
 * @typedef {{ from: number, to: number, open: boolean, preset: Preset | null }} Range
 *   From `from` up to, not including, `to`; if it is `open`, `to` is now, and goes on with it.
 */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** @type {readonly Preset[]} */
export const PRESETS = ["hour", "today", "yesterday", "week", "month", "weekday"];

/** Nothing is asked for before it, nor after its other end: the history has no such times. */
export const FIRST = Date.UTC(2000, 0, 2);

/** The whole minutes of these two are the least range. */
const LEAST = MINUTE;

/** @param {unknown} name @returns {name is Preset} */
export const isPreset = (name) => PRESETS.includes(/** @type {Preset} */ (name));

/**
 * The beginning of a day, some days from that of `time`; days of 23 and 25 hours count as one.
 *
 * @param {number} time
 * @param {number} [days]
 */
export function midnight(time, days = 0) {
  const day = new Date(time);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime();
}

/**
 * @param {Preset} preset
 * @param {number} now
 * @returns {Range}
 */
export function rangeOf(preset, now) {
  const today = midnight(now);
  const day = (/** @type {number} */ days) => ({
    from: midnight(now, days),
    to: midnight(now, days + 1),
    open: false,
    preset,
  });
  const since = (/** @type {number} */ from) => ({ from, to: now, open: true, preset });
  switch (preset) {
    case "hour":
      return since(floor(now) - HOUR);
    case "today":
      // At midnight there is nothing of it yet.
      return since(Math.min(today, floor(now) - LEAST));
    case "yesterday":
      return day(-1);
    case "week":
      return since(midnight(now, -6));
    case "month":
      return since(midnight(now, -29));
    case "weekday":
      return day(-7);
  }
}

/** The same range now: one that is open goes on. @param {Range} range @param {number} now @returns {Range} */
export function renewed(range, now) {
  if (range.preset && range.open) return rangeOf(range.preset, now);
  return range.open ? { ...range, to: Math.max(now, range.from + LEAST) } : range;
}

/**
 * A range of whole minutes, at least one, that ends by now.
 *
 * @param {number} one end
 * @param {number} other end
 * @param {number} now
 * @returns {Range}
 */
export function between(one, other, now) {
  const last = floor(now);
  const from = within(Math.round(Math.min(one, other) / MINUTE) * MINUTE, FIRST, last - LEAST);
  const to = within(Math.round(Math.max(one, other) / MINUTE) * MINUTE, from + LEAST, last);
  return { from, to, open: false, preset: null };
}

/** The range of the same length before it. @param {Range} range @returns {Range} */
export function spanBefore({ from, to }) {
  const end = floor(from);
  return { from: end - (floor(to) - end), to: end, open: false, preset: null };
}

/** The same times of the same weekdays, a week before. @param {Range} range @returns {Range} */
export function weekBefore({ from, to }) {
  const shift = midnight(from) - midnight(from, -7);
  return { from: floor(from) - shift, to: floor(to) - shift, open: false, preset: null };
}

/** @param {Range | null} one @param {Range | null} other */
export const isSame = (one, other) =>
  one === other ||
  (one !== null &&
    other !== null &&
    one.from === other.from &&
    one.preset === other.preset &&
    one.open === other.open &&
    (one.open || one.to === other.to));

/** The whole minute. @param {number} time */
export const floor = (time) => Math.floor(time / MINUTE) * MINUTE;

/** @param {number} value @param {number} least @param {number} most */
export const within = (value, least, most) => Math.max(least, Math.min(value, most));
