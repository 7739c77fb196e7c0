import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped, isGroup } from "../../../frontends/heatmap/static/core/page-groups.js";

/** A row of a page. @param {string} page @param {object} [more] */
function row(page, more = {}) {
  const size = { width: 1, height: 1 };
  return {
    page,
    visitors: 1,
    moves: 2,
    clicks: 3,
    newest: 4,
    end: 5,
    size,
    cooled: false,
    ...more,
  };
}

/** Each row as text: a group with its number of pages. @param {...string} pages */
const shown = (...pages) =>
  grouped(pages.map((page) => row(page))).map((entry) =>
    isGroup(entry) ? `${entry.page} ${entry.members.length}` : entry.page,
  );

test("pages that differ in one segment are a group, where its first page was", () => {
  assert.deepEqual(shown("/", "/product/1", "/cart", "/product/lamp"), [
    "/",
    "/product/:id 2",
    "/cart",
  ]);
});

test("the segment may be in the middle", () => {
  assert.deepEqual(shown("/user/1/posts", "/user/2/posts"), ["/user/:id/posts 2"]);
});

test("pages that differ in two segments, or in how many they have, are no group", () => {
  const pages = ["/a/1/x", "/a/2/y", "/a/3", "/b/4"];
  assert.deepEqual(shown(...pages), pages);
});

test("a page is in the largest group that it could be in, and in no other", () => {
  assert.deepEqual(shown("/p/1/photo", "/p/1/price", "/p/2/photo", "/p/3/photo", "/p/4/price"), [
    "/p/:id/photo 3",
    "/p/:id/price 2",
  ]);
});

test("of groups of one size, the later segment differs", () => {
  assert.deepEqual(shown("/a/x", "/a/y", "/b/x", "/b/y"), ["/a/:id 2", "/b/:id 2"]);
});

test("pages without anything in common are no group, unless they are numbers", () => {
  assert.deepEqual(shown("/about", "/cart", "/12", "/13"), ["/about", "/cart", "/:id 2"]);
});

test("values of parameters and segments of routes are like segments of paths, names of parameters are not", () => {
  assert.deepEqual(shown("/item?id=1", "/item?id=2", "/item?no=1"), [
    "/item?id=:id 2",
    "/item?no=1",
  ]);
  assert.deepEqual(shown("/#/mail/1", "/#/mail/2"), ["/#/mail/:id 2"]);
});

test("pages of different sites are never in one group", () => {
  assert.deepEqual(shown("//blog/a/1", "/a/2", "//shop/a/3", "//blog/a/4"), [
    "//blog/a/:id 2",
    "/a/2",
    "//shop/a/3",
  ]);
});

test("a group has the sums of its pages, and the newest of their events", () => {
  const pages = [
    row("/a/1", { newest: 9, moves: 40 }),
    row("/a/2", { newest: null, cooled: true }),
  ];
  const [group] = grouped(pages);
  const { visitors, moves, clicks, newest, cooled } = group;
  assert.deepEqual([visitors, moves, clicks, newest, cooled], [2, 42, 6, 9, false]);
  assert.deepEqual(isGroup(group) && group.members, pages);
});
