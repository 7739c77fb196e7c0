import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, REORDER_MS, update } from "../../../frontends/heatmap/static/core/board.js";

/** A list as the broadcaster sends it: warmest first. @param {Record<string, number>} moves */
function list(moves) {
  return Object.entries(moves)
    .map(([page, count]) => ({
      page,
      visitors: 1,
      moves: count,
      clicks: 0,
      newest: 0,
      end: 0,
      size: { width: 1, height: 1 },
    }))
    .sort((a, b) => b.moves - a.moves);
}

const places = (board) => board.rows.map((row) => row.page).join(" ");

const AFTER = REORDER_MS;
const first = update(EMPTY, list({ a: 100, b: 50 }), 0, false);

test("at the first look the warmest page is above", () => {
  assert.equal(places(first), "a b");
});

test("numbers follow at once, places don't", () => {
  const next = update(first, list({ a: 100, b: 900 }), AFTER - 1, false);
  assert.equal(places(next), "a b");
  assert.equal(next.rows[1].moves, 900);
});

test("after a while the clearly warmer page rises", () => {
  assert.equal(places(update(first, list({ a: 100, b: 900 }), AFTER, false)), "b a");
});

test("a page about as warm stays where it is", () => {
  assert.equal(places(update(first, list({ a: 100, b: 105 }), AFTER, false)), "a b");
});

test("nothing changes places while the reader holds the board", () => {
  const held = update(first, list({ a: 100, b: 900, c: 2000 }), 10 * AFTER, true);
  assert.equal(places(held), "a b c");
  assert.equal(places(update(held, list({ a: 100, b: 900, c: 2000 }), 10 * AFTER, false)), "c b a");
});

test("a new page waits at the end until places may change", () => {
  const next = update(first, list({ a: 100, b: 50, c: 2000 }), 1000, false);
  assert.equal(places(next), "a b c");
  assert.equal(places(update(next, list({ a: 100, b: 50, c: 2000 }), AFTER, false)), "c a b");
});

test("a page that cooled stays in its place, without heat, until places may change", () => {
  const next = update(first, list({ b: 50 }), 1000, false);
  assert.equal(places(next), "a b");
  assert.deepEqual([next.rows[0].cooled, next.rows[0].moves], [true, 0]);
  assert.equal(places(update(next, list({ b: 50 }), AFTER, false)), "b");
});

test("a page that is warm again before it left is a row like any", () => {
  const cooled = update(first, list({ b: 50 }), 1000, false);
  assert.equal(update(cooled, list({ a: 7, b: 50 }), 2000, false).rows[0].cooled, false);
});

test("of equals in both places and warmth no order is ever changed by a look", () => {
  let board = update(EMPTY, list({ a: 10, b: 10, c: 10 }), 0, false);
  const before = places(board);
  for (let look = 1; look < 20; look++) {
    const wobbling = list({ a: 10 + (look % 2), b: 10, c: 10 + ((look + 1) % 2) });
    board = update(board, wobbling, look * AFTER, false);
  }
  assert.equal(places(board), before);
});
