/** Films as the history answers them. */

import { packed } from "../packed.js";

export const SIZE = 50;
export const MINUTE = 60_000;

/**
 * @param {Record<number, [cell: number, count: number][]>} moves by minute
 * @param {object} [rest] of the answer
 */
export function film(moves, rest = {}) {
  return {
    step: MINUTE,
    row: 20,
    "grid-size": SIZE,
    frames: Object.keys(moves).map((minute) => ({
      at: Number(minute) * MINUTE,
      moves: packed(moves[minute]),
    })),
    ...rest,
  };
}
