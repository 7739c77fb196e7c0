/** Numbers and ages formatted for people. */

const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** Counts from here on are shortened: further digits would only flicker. */
const COMPACT_FROM = 100_000;

/** @param {number} count */
export function formatCount(count) {
  return (count < COMPACT_FROM ? whole : compact).format(Math.round(count));
}

/**
 * A count with its unit: "1 click", "2 clicks".
 *
 * @param {number} count
 * @param {string} unit in the singular
 */
export function formatUnit(count, unit) {
  return `${formatCount(count)} ${unit}${count === 1 ? "" : "s"}`;
}

const UNITS = { moves: "move", clicks: "click", rage: "rage click", dead: "dead click" };

/**
 * An amount with its unit: "2 rage clicks", "12 s".
 *
 * @param {number} count
 * @param {import("./colours.js").HeatName} what
 */
export function formatAmount(count, what) {
  return what === "dwell" ? `${formatCount(count)} s` : formatUnit(count, UNITS[what]);
}

/**
 * A share as a percentage: "38 %", or "< 1 %".
 *
 * @param {number} share 0 to 1
 */
export function formatShare(share) {
  const percent = Math.round(100 * share);
  return percent === 0 && share > 0 ? "< 1 %" : `${percent} %`;
}

/**
 * A duration in its largest unit.
 *
 * @param {number} ms
 */
export function formatSpan(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}

/**
 * An age: "now", "5 s ago".
 *
 * @param {number} ms
 */
export function formatAge(ms) {
  return ms < 1000 ? "now" : `${formatSpan(ms)} ago`;
}
