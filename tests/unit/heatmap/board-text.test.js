import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, EVERYTHING, update } from "../../../frontends/heatmap/static/core/board.js";
import { boardText } from "../../../frontends/heatmap/static/core/board-text.js";

const NOBODY = { visitors: 1, moves: 1, clicks: 0, newest: 1, end: 1, size: null };

/** @param {string[]} pages @param {object} [choice] @param {object} [more] */
function told(pages, choice, more) {
  const chosen = { ...EVERYTHING, ...choice };
  const list = { pages: pages.map((page) => ({ page, ...NOBODY })), total: pages.length };
  const board = update(EMPTY, list, 0, false, chosen);
  const all = { board, choice: chosen, total: pages.length, limit: null, hasMore: false, ...more };
  return boardText(all);
}

test("an empty list says how a page comes into it", () => {
  assert.match(told([]).notice, /^No page is warm. Open the site/);
});

test("a list that shows everything needs no words", () => {
  assert.deepEqual(told(["/a", "/b"]), { notice: "", foot: "" });
});

test("a search says how many it found, among how many, or that it found none", () => {
  assert.equal(told(["/a", "/b"], { search: "a" }).foot, "1 of 2 warm pages");
  assert.equal(
    told(["/a"], { search: " c " }).notice,
    "No page's address contains “c”, among 1 warm pages. Escape clears the search.",
  );
});

test("groups are counted as rows", () => {
  const pages = ["/p/1", "/p/2", "/p/3", "/p/4", "/x"];
  assert.equal(told(pages, { groups: true }).foot, "5 warm pages in 2 rows");
});

test("a list at its limit says so, once its end is reached", () => {
  const more = { total: 3_000, limit: 1_000 };
  assert.equal(told(["/a"], {}, more).foot, "the 1,000 warmest of 3,000 pages");
  assert.equal(told(["/a"], {}, { ...more, hasMore: true }).foot, "");
});
