/** Packs cells as services/contract/packed_cells.py does. @param {[cell: number, count: number][]} cells */
export function packed(cells) {
  const bytes = [];
  const put = (/** @type {number} */ number) => {
    for (let rest = number; ; rest = Math.floor(rest / 128)) {
      bytes.push(rest < 128 ? rest : (rest % 128) + 128);
      if (rest < 128) return;
    }
  };
  let last = -1;
  for (const [cell, count] of cells) {
    put(cell - last - 1);
    put(count);
    last = cell;
  }
  return btoa(String.fromCharCode(...bytes));
}
