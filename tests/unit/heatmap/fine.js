/** Fine counts as the services write them: docs/protocol.md, "Where something is". */

import { looksFrom } from "../../../frontends/heatmap/static/core/grid.js";

const LAYERS = ["moves", "clicks", "top-moves", "top-clicks", "bottom-moves", "bottom-clicks"];

/** The layers of fine counts, cell → count. @param {any} fine */
export const layersOf = (fine) => LAYERS.map((name) => unpacked(fine[name] ?? ""));

/** The decoded looks of a record. @param {any} looks */
export const looksOf = (looks = { row: 20 }) =>
  looksFrom(
    ["tops", "bottoms", "depths", "folds"].map((name) => unpacked(looks[name] ?? "")),
    looks.row,
  );

/** @param {string} packed base64 of pairs of varints */
function unpacked(packed) {
  const numbers = [];
  let [number, shift] = [0, 1];
  for (const byte of Buffer.from(packed, "base64")) {
    number += (byte & 127) * shift;
    shift *= 128;
    if (byte > 127) continue;
    numbers.push(number);
    [number, shift] = [0, 1];
  }
  const cells = new Map();
  let cell = -1;
  for (let i = 0; i < numbers.length; i += 2) {
    cell += numbers[i] + 1;
    cells.set(cell, numbers[i + 1]);
  }
  return cells;
}

/** Such a layer, of small numbers. @param {...number} numbers below 128 */
export const packed = (...numbers) => Buffer.from(numbers).toString("base64");
