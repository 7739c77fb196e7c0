/**
 * A series as bars over a window, and its gaps: where nothing is known there is no bar, not one of no height. Pure.
 *
 * @typedef {{
 *   from: number, to: number, step: number, views: number[], since: number | null, gaps: [number, number][],
 * }} Series as the history answers it
 * @typedef {{ from: number, to: number, views: number }} Bar
 * @typedef {{ bars: Bar[], gaps: { from: number, to: number }[], most: number, step: number }} Drawing
 *   `most` are the views of the highest bar; `step` is a bar's length, ms.
 */

/** Lengths of a bar: divisors of a day, or whole days. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080].map(
  (it) => it * 60_000,
);

/**
 * @param {Series} series
 * @param {{ from: number, to: number }} window
 * @param {number} most bars
 * @returns {Drawing}
 */
export function drawingOf(series, window, most) {
  const length = window.to - window.from;
  const step = Math.max(
    series.step,
    STEPS.find((each) => length / each <= most && each % series.step === 0) ??
      STEPS[STEPS.length - 1],
  );
  const offset = new Date(series.from).getTimezoneOffset() * 60_000;
  const gaps = series.gaps.map(([from, to]) => ({ from, to }));
  /** @type {Bar[]} */
  const bars = [];
  let highest = 0;
  for (let i = 0; i < series.views.length; i++) {
    const at = series.from + i * series.step;
    const from = Math.floor((at - offset) / step) * step + offset;
    const last = bars[bars.length - 1];
    if (last?.from === from) last.views += series.views[i];
    else bars.push({ from, to: from + step, views: series.views[i] });
  }
  const known = bars.filter((bar) => bar.views > 0 || !gaps.some((gap) => covers(gap, bar)));
  for (const { views } of known) if (views > highest) highest = views;
  return { bars: known, gaps, most: highest, step };
}

/** @param {{ from: number, to: number }} gap @param {{ from: number, to: number }} bar */
const covers = (gap, bar) => gap.from <= bar.from && gap.to >= bar.to;

/** The bar at a time, if there is one. @param {Drawing} drawing @param {number} time */
export const barAt = ({ bars }, time) =>
  bars.find(({ from, to }) => from <= time && time < to) ?? null;

/** The gap at a time, if there is one. @param {Drawing} drawing @param {number} time */
export const gapAt = ({ gaps }, time) =>
  gaps.find(({ from, to }) => from <= time && time < to) ?? null;

/**
 * The outline of all bars, as the path of an SVG of `width` × `height`.
 *
 * @param {Drawing} drawing
 * @param {{ from: number, to: number }} window
 * @param {number} width
 * @param {number} height
 */
export function pathOf({ bars, most }, window, width, height) {
  const x = (/** @type {number} */ time) =>
    ((time - window.from) / (window.to - window.from)) * width;
  return bars
    .filter(({ views }) => views > 0)
    .map(({ from, to, views }) => {
      const [left, right] = [Math.max(0, x(from)), Math.min(width, x(to))];
      const room = right - left > 3 ? 1 : 0;
      const high = Math.max(1.5, (views / most) * height);
      if (right <= left) return "";
      return `M${round(left)} ${height}V${round(height - high)}H${round(right - room)}V${height}z`;
    })
    .join("");
}

/** @param {number} number */
const round = (number) => Math.round(100 * number) / 100;
