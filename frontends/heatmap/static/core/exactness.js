/** How exact what is shown is, in words. */

/**
 * @param {{ size: number, row: number, looks: { row: number } } | null} grid columns, and px of a row
 * @param {import("./spots.js").Division | undefined} division
 */
export function exactness(grid, division) {
  const { size, row, looks } = grid ?? { size: 50, row: 20, looks: { row: 20 } };
  const { spotPx } = division ?? { spotPx: 8 };
  return (
    `Clicks and dwell: on their elements, to ${spotPx} px, at any window width. Moves and bare tiles: in rows of ` +
    `${row} px and ${size} columns, exact within one width band (other widths change the layout). Attention and ` +
    `scroll: in rows of ${looks.row} px.`
  );
}
