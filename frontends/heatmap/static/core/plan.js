/**
 * What to draw from which data, for the analyst's choice.
 *
 * @typedef {import("./heat.js").LayerName} LayerName
 * @typedef {import("./breakdown.js").Mark} Mark
 * @typedef {import("./looks.js").RowLayer} RowLayer
 * @typedef {"moves" | "clicks" | "both" | "dwell" | RowLayer} LayerChoice
 * @typedef {"clicks" | "rage" | "dead"} ClickKind
 * @typedef {{ tiles: LayerName[], mark: Mark | null, rows: RowLayer | null }} Plan
 *   `tiles` are drawn from the grid, `mark` on the elements, `rows` across the page.
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
  const rows = rowsOf(layer);
  if (rows) return { tiles: [], mark: null, rows };
  if (layer === "dwell") return { tiles: [], mark: "dwell", rows };
  /** @type {LayerName[]} */
  const tiles = layer === "clicks" ? [] : ["moves"];
  if (layer === "moves") return { tiles, mark: null, rows };
  const onTiles = kind === "clicks" && !(hasBreakdown && smooth);
  return onTiles ? { tiles: [...tiles, "clicks"], mark: null, rows } : { tiles, mark: kind, rows };
}

/**
 * The chosen layer if it lies across the page, in rows.
 *
 * @param {LayerChoice} layer
 * @returns {RowLayer | null}
 */
export const rowsOf = (layer) => (layer === "attention" || layer === "scroll" ? layer : null);

/**
 * What elements are ranked by: the kind that is shown, or clicks if none is.
 *
 * @param {{ layer: LayerChoice, kind: ClickKind }} chosen
 * @returns {Mark}
 */
export function rankedBy({ layer, kind }) {
  if (layer === "dwell") return "dwell";
  return layer === "clicks" || layer === "both" ? kind : "clicks";
}
