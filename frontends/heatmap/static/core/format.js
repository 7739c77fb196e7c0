/** Numbers and ages as people read them. */

const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** From here on a count is rounded: the digits behind would only flicker. */
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

/**
 * A span of time, in its largest unit.
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
 * How long ago something was.
 *
 * @param {number} ms
 */
export function formatAge(ms) {
  return ms < 1000 ? "now" : `${formatSpan(ms)} ago`;
}
