import assert from "node:assert/strict";
import { test } from "node:test";
import {
  divisionOf,
  elementsOf,
  gridOf,
  unpacked,
} from "../../../../frontends/heatmap/static/time/answers.js";
import { packed } from "./packed.js";

const GRID = {
  from: 60_000,
  to: 120_000,
  "grid-size": 50,
  totals: { moves: 7, clicks: 1, unplaced: 2 },
  views: 3,
  newest: 90_000,
  page: { width: 1000, height: 2000 },
  fine: {
    row: 20,
    moves: packed([
      [0, 4],
      [300, 70_000],
    ]),
    clicks: packed([[51, 1]]),
    "bottom-moves": packed([[3, 2]]),
  },
  looks: {
    row: 20,
    views: 2,
    tops: packed([[0, 4000]]),
    bottoms: packed([[34, 4000]]),
    depths: packed([[34, 2]]),
  },
};

test("packed cells are unpacked, and what is cut off is refused", () => {
  const cells = [
    [0, 1],
    [1, 300],
    [5000, 2 ** 40],
  ];
  assert.deepEqual([...unpacked(packed(/** @type {any} */ (cells)))], cells);
  assert.deepEqual([...unpacked("")], []);
  assert.throws(() => unpacked(btoa("\x00")), RangeError);
});

test("an answer is a grid as the live one, with its page views and the range's name", () => {
  const grid = gridOf(GRID, "Yesterday");
  assert.equal(grid?.label, "Yesterday");
  assert.equal(grid?.sheets.page.moves.counts[300], 70_000);
  assert.equal(grid?.sheets.page.clicks.counts[51], 1);
  assert.equal(grid?.sheets.bottom.moves.counts[3], 2);
  assert.equal(grid?.moves.total, 70_006);
  assert.deepEqual([grid?.visitors, grid?.unplaced], [3, 2]);
  assert.equal(grid?.looks.depths.get(34), 2);
  assert.equal(gridOf({ ...GRID, "grid-size": 0 }, ""), null);
});

test("elements have their spots and, of each kind, the page views", () => {
  const answer = {
    spots: 64,
    "spot-px": 8,
    elements: [{ selector: "#buy", clicks: { 32: { 10: 2, 11: 1 } }, views: { clicks: 2 } }],
  };
  const [buy] = elementsOf(answer);
  assert.deepEqual(
    [buy.selector, buy.clicks.total, buy.clicks.views, buy.dead.total],
    ["#buy", 3, 2, 0],
  );
  assert.equal(buy.clicks.counts.get(32 * 8192 + 10), 2);
  assert.deepEqual(divisionOf(answer), { spots: 64, spotPx: 8 });
});
