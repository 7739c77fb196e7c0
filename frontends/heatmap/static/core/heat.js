/**
 * The heat on the screen, which eases to the newest grid.
 *
 * Grids arrive four times a second, each with another hottest tile: shown unchanged, the heat would
 * jump and the whole page flicker. So counts and scale ease exponentially, each at its own pace,
 * independent of the frame rate.
 *
 * @typedef {"moves" | "clicks"} LayerName
 * @typedef {Record<LayerName, { counts: Float32Array, hottest: number }>} Target
 *   `hottest` is the highest count of all that is on this scale, here or elsewhere.
 * @typedef {{ counts: Float32Array, hottest: number, maximum: number }} ShownLayer
 *   `maximum` is the count with the hottest colour.
 * @typedef {{ columns: number, rows: number, moves: ShownLayer, clicks: ShownLayer }} Heat
 * @typedef {{ moves: number | null, clicks: number | null }} FixedMaximum null: the hottest tile's count
 */

/** @type {readonly LayerName[]} */
export const LAYERS = ["moves", "clicks"];

/** Time constant of a tile, ms: two thirds of the way within a step of 250 ms. */
const COUNT_PACE_MS = 160;

/** Time constant of the scale, ms: slower than the tiles, or colours would pulse with them. */
const SCALE_PACE_MS = 700;

/**
 * Between two drawings while easing, ms: every second frame of most screens looks as smooth at half the
 * work. The first drawing already advances by this time, so new events are visible in it.
 */
export const PACE_MS = 30;

/** A smaller part of the scale makes no visible difference: colours have 256 steps. */
const INDISTINGUISHABLE = 1 / 512;

/**
 * Tiles without heat.
 *
 * @param {number} columns
 * @param {number} [rows]
 * @returns {Heat}
 */
export function cold(columns, rows = columns) {
  const layer = () => ({ counts: new Float32Array(columns * rows), hottest: 0, maximum: 0 });
  return { columns, rows, moves: layer(), clicks: layer() };
}

/**
 * Moves `heat` towards `to`, in place.
 *
 * @param {Heat} heat
 * @param {Target} to counts of as many tiles, or of those above the first rows without events
 * @param {FixedMaximum} fixed
 * @param {number} elapsed ms since the last call; Infinity: jump to the target
 * @returns {boolean} whether it is still moving
 */
export function advance(heat, to, fixed, elapsed) {
  let moving = false;
  for (const name of LAYERS) {
    const shown = heat[name];
    const target = to[name];
    const maximum = fixed[name] ?? target.hottest;
    if (advanceScale(shown, maximum, elapsed)) moving = true;
    if (advanceCounts(shown, target.counts, elapsed)) moving = true;
    // All cold: the next heat gets a new scale.
    if (shown.hottest === 0 && target.hottest === 0) shown.maximum = 0;
  }
  return moving;
}

/**
 * Moves the scale towards `target`, the count with the hottest colour.
 *
 * @param {ShownLayer} shown
 * @param {number} target
 * @param {number} elapsed ms
 * @returns {boolean} whether it is still moving
 */
export function advanceScale(shown, target, elapsed) {
  // No target: the remaining heat fades on its old scale.
  if (target === 0) return false;
  // The first heat gets its scale at once.
  if (shown.maximum === 0) shown.maximum = target;
  const rest = (shown.maximum - target) * Math.exp(-elapsed / SCALE_PACE_MS);
  const arrived = Math.abs(rest) < target * INDISTINGUISHABLE;
  shown.maximum = arrived ? target : target + rest;
  return !arrived;
}

/**
 * Moves counts towards `target`, and updates `hottest`.
 *
 * @param {ShownLayer} shown
 * @param {Float32Array} target
 * @param {number} elapsed ms
 * @returns {boolean} whether it is still moving
 */
export function advanceCounts(shown, target, elapsed) {
  const { counts } = shown;
  const left = Math.exp(-elapsed / COUNT_PACE_MS);
  const near = shown.maximum * INDISTINGUISHABLE;
  let moving = false;
  let hottest = 0;
  for (let i = 0; i < counts.length; i++) {
    const aim = target[i] ?? 0;
    const rest = (counts[i] - aim) * left;
    if (Math.abs(rest) <= near) {
      counts[i] = aim;
    } else {
      counts[i] = aim + rest;
      moving = true;
    }
    if (counts[i] > hottest) hottest = counts[i];
  }
  shown.hottest = hottest;
  return moving;
}
