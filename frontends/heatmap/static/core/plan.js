/**
 * What is drawn from what, for what the analyst chose.
 *
 * @typedef {import("./heat.js").LayerName} LayerName
 * @typedef {import("./breakdown.js").Mark} Mark
 * @typedef {"moves" | "clicks" | "both" | "dwell"} LayerChoice
 * @typedef {"clicks" | "rage" | "dead"} ClickKind
 * @typedef {{ tiles: LayerName[], mark: Mark | null }} Plan
 *   `tiles` are drawn from the grid; `mark` on the elements.
 */

/**
 * Clicks lie on the elements, as soon as it is known on which. Bare tiles show the grid as it was counted;
 * what no grid has (rage and dead clicks, rests) lies on the elements in any look.
 *
 * @param {{ layer: LayerChoice, kind: ClickKind, smooth: boolean }} chosen
 * @param {boolean} detailed whether a detail is there
 * @returns {Plan}
 */
export function planOf({ layer, kind, smooth }, detailed) {
  if (layer === "dwell") return { tiles: [], mark: "rests" };
  /** @type {LayerName[]} */
  const tiles = layer === "clicks" ? [] : ["moves"];
  if (layer === "moves") return { tiles, mark: null };
  const onTiles = kind === "clicks" && !(detailed && smooth);
  return onTiles ? { tiles: [...tiles, "clicks"], mark: null } : { tiles, mark: kind };
}

/**
 * What elements are ranked by: the kind that is shown, and clicks beside moves.
 *
 * @param {{ layer: LayerChoice, kind: ClickKind }} chosen
 * @returns {Mark}
 */
export function rankedBy({ layer, kind }) {
  if (layer === "dwell") return "rests";
  return layer === "moves" ? "clicks" : kind;
}
