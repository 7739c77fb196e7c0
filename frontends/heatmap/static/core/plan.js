/**
 * What to draw from which data, for the analyst's choice.
 *
 * @typedef {import("./heat.js").LayerName} LayerName
 * @typedef {import("./breakdown.js").Mark} Mark
 * @typedef {"moves" | "clicks" | "both" | "dwell"} LayerChoice
 * @typedef {"clicks" | "rage" | "dead"} ClickKind
 * @typedef {{ tiles: LayerName[], mark: Mark | null }} Plan
 *   `tiles` are drawn from the grid, `mark` on the elements.
 */

/**
 * Clicks are drawn on elements once a breakdown is there. Bare tiles show the grid as it was counted; what
 * the grid lacks (rage and dead clicks, dwell) is always drawn on elements.
 *
 * @param {{ layer: LayerChoice, kind: ClickKind, smooth: boolean }} chosen
 * @param {boolean} hasBreakdown
 * @returns {Plan}
 */
export function planOf({ layer, kind, smooth }, hasBreakdown) {
  if (layer === "dwell") return { tiles: [], mark: "dwell" };
  /** @type {LayerName[]} */
  const tiles = layer === "clicks" ? [] : ["moves"];
  if (layer === "moves") return { tiles, mark: null };
  const onTiles = kind === "clicks" && !(hasBreakdown && smooth);
  return onTiles ? { tiles: [...tiles, "clicks"], mark: null } : { tiles, mark: kind };
}

/**
 * What elements are ranked by: the kind that is shown, or clicks if only moves are.
 *
 * @param {{ layer: LayerChoice, kind: ClickKind }} chosen
 * @returns {Mark}
 */
export function rankedBy({ layer, kind }) {
  if (layer === "dwell") return "dwell";
  return layer === "moves" ? "clicks" : kind;
}
