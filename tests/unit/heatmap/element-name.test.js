import assert from "node:assert/strict";
import { test } from "node:test";
import { isByPlace, nameOf } from "../../../frontends/heatmap/static/core/element-name.js";

const PROSE =
  "Our lamps are made by hand, of brass and linen, in a small workshop by the sea. ".repeat(4);

/** @type {[string, import("../../../frontends/heatmap/static/core/element-name.js").Facts, string][]} */
const NAMES = [
  ["a link by its text", { tag: "a", text: "To the\n basket" }, "To the basket"],
  [
    "a button that shows a cross by its label",
    { tag: "button", text: "×", label: "Close" },
    "Close",
  ],
  ["a picture by its alternative", { tag: "img", alternative: "A brass lamp" }, "A brass lamp"],
  ["a nameless picture by what it is in", { tag: "img", around: "Four" }, "<img> in Four"],
  ["a field by its placeholder", { tag: "input", alternative: "Search" }, "Search"],
  ["a paragraph by its beginning", { tag: "p", text: PROSE }, `${PROSE.slice(0, 58)}…`],
  [
    "a card that is one link by its heading",
    { tag: "a", heading: "Lamp", text: PROSE, hasParts: true },
    "Lamp",
  ],
  ["a bare box with few words by these", { tag: "div", text: "Add to basket" }, "Add to basket"],
  [
    "a box that is a button by its text",
    { tag: "div", role: "button", text: "Add", hasParts: true },
    "Add",
  ],
  ["a box with many words by its tag", { tag: "div", text: PROSE }, "<div>"],
  [
    "a box with parts by its tag, if few words",
    { tag: "div", text: "Home Shop", hasParts: true },
    "<div>",
  ],
  [
    "a container by its label",
    { tag: "nav", label: "Primary", text: "Home Shop", hasParts: true },
    "<nav> Primary",
  ],
  [
    "by its role and id",
    { tag: "div", role: "menu", id: "m", text: "A B", hasParts: true },
    "<div> menu #m",
  ],
  [
    "by its only heading",
    { tag: "section", heading: "Our lamps", text: PROSE, hasParts: true },
    "<section> Our lamps",
  ],
  [
    "by what it is in",
    { tag: "ul", around: "#shop", text: PROSE, hasParts: true },
    "<ul> in #shop",
  ],
  [
    "a page-wide one as blank",
    { tag: "main", id: "app", heading: "Welcome", text: PROSE, hasParts: true, isPageWide: true },
    "Blank area",
  ],
  [
    "a page-wide one with few words as blank",
    { tag: "div", text: "Hello", isPageWide: true },
    "Blank area",
  ],
  ["a page-wide link by its text", { tag: "a", text: "Enter", isPageWide: true }, "Enter"],
  ["what has only space by its tag", { tag: "span", text: " \n " }, "<span>"],
];

for (const [what, facts, name] of NAMES) {
  test(`the list names ${what}`, () => assert.equal(nameOf(facts), name));
}

test("no name is longer than a row", () => {
  for (const tag of ["a", "div"])
    assert.ok(nameOf({ tag, text: PROSE, label: PROSE }).length <= 60);
});

test("a selector tells by place if it counts siblings, but not if a name only says so", () => {
  assert.ok(isByPlace("#products>article:nth-of-type(3)>a"));
  assert.ok(!isByPlace("#products>article>a"));
  assert.ok(!isByPlace('[data-part="a:nth-of-type(2)"]'));
  assert.ok(isByPlace('[data-part="a\\"b"]>li:nth-of-type(2)'));
});
