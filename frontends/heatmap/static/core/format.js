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

const tenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const hundredths = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

/** A time in seconds, exact to a tenth, below 1 s to a hundredth: "41.3 s". @param {number} ms */
export function formatSeconds(ms) {
  return `${(ms < 1000 ? hundredths : tenths).format(ms / 1000)} s`;
}

/** A length in whole px: "1,240 px". @param {number} px */
export const formatPx = (px) => `${whole.format(Math.round(px))} px`;

const clock = new Intl.DateTimeFormat("en", { timeStyle: "medium", hourCycle: "h23" });

/** A time of day in the reader's zone: "17:20:05". @param {number} ms since the epoch */
export const formatTime = (ms) => clock.format(ms);

const UNITS = { moves: "move", clicks: "click", rage: "rage click", dead: "dead click" };

/**
 * An amount with its unit: "2 rage clicks", "12 s", "50 %".
 *
 * @param {number} count
 * @param {import("./colours.js").HeatName} what
 */
export function formatAmount(count, what) {
  if (what === "attention" && count < 10) return formatSeconds(1000 * count);
  if (what === "dwell" || what === "attention") return `${formatCount(count)} s`;
  return what === "scroll" ? `${formatCount(count)} %` : formatUnit(count, UNITS[what]);
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
