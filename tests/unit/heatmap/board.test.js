import assert from "node:assert/strict";
import { test } from "node:test";
import {
  choose,
  EMPTY,
  EVERYTHING,
  REORDER_MS,
  update,
} from "../../../frontends/heatmap/static/core/board.js";

/** A list as the broadcaster sends it: warmest first. @param {Record<string, number>} moves */
function list(moves) {
  const pages = Object.entries(moves)
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
  return { pages, total: pages.length };
}

const places = (board) => board.entries.map((row) => row.page).join(" ");

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

test("a page that is no longer among the listed ones has not cooled, if there are more than listed", () => {
  const next = update(first, { ...list({ a: 100 }), total: 2 }, 1000, false);
  assert.deepEqual([next.rows[1].cooled, next.rows[1].moves], [false, 50]);
  assert.equal(places(update(next, { ...list({ a: 100 }), total: 2 }, AFTER, false)), "a");
});

test("a row of a page that did not change stays the same object", () => {
  const next = update(first, list({ a: 100, b: 51 }), 1000, false);
  assert.equal(next.rows[0], first.rows[0]);
  assert.notEqual(next.rows[1], first.rows[1]);
});

test("another order is exact at once, and is kept by later looks", () => {
  const choice = { ...EVERYTHING, order: "name" };
  const start = update(EMPTY, list({ "/p/10": 9, "/p/9": 8, "/a": 7 }), 0, false);
  const named = choose(start, choice);
  assert.equal(places(named), "/a /p/9 /p/10");
  const more = list({ "/p/10": 9, "/p/9": 80, "/a": 7, "/b": 1 });
  assert.equal(places(update(named, more, AFTER, false, choice)), "/a /b /p/9 /p/10");
});

test("the search finds pages that contain each of its words, as they are read", () => {
  const board = update(
    EMPTY,
    list({ "/shop/L%C3%A4mpchen": 3, "/shop/chair": 2, "/blog": 1 }),
    0,
    false,
  );
  const found = (search) => places(choose(board, { ...EVERYTHING, search }));
  assert.equal(found("  l\u00c4MP shop "), "/shop/L%C3%A4mpchen");
  assert.equal(found("shop"), "/shop/L%C3%A4mpchen /shop/chair");
  assert.equal(found("desk"), "");
});

test("pages of one site can be chosen, and the default site is one", () => {
  const board = update(EMPTY, list({ "//blog/a": 3, "/a": 2, "//shop/a": 1 }), 0, false);
  assert.equal(places(choose(board, { ...EVERYTHING, site: "blog" })), "//blog/a");
  assert.equal(places(choose(board, { ...EVERYTHING, site: "" })), "/a");
});

test("what was chosen is the same when the choice is taken back", () => {
  const hidden = choose(first, { ...EVERYTHING, search: "a" });
  assert.equal(places(choose(hidden, EVERYTHING)), "a b");
});

test("groups are placed by their sums, and settle as rows do", () => {
  const choice = { ...EVERYTHING, groups: true };
  const pages = { "/home": 100, "/p/1": 60, "/p/2": 50 };
  const start = choose(update(EMPTY, list(pages), 0, false), choice);
  assert.equal(places(start), "/p/:id /home");
  const about = list({ ...pages, "/home": 115 });
  assert.equal(places(update(start, about, AFTER, false, choice)), "/p/:id /home");
  const clearly = list({ ...pages, "/home": 130 });
  assert.equal(places(update(start, clearly, AFTER, false, choice)), "/home /p/:id");
});
