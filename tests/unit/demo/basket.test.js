import assert from "node:assert/strict";
import { test } from "node:test";
import { Basket, MOST } from "../../../frontends/demo/site/assets/shop/basket.js";

const PRICES = { vase: 84, mug: 26 };
const priceOf = (slug) => PRICES[slug];

/** A basket, and how often it has said that it changed. */
function watched() {
  const basket = new Basket();
  const seen = [];
  basket.addEventListener("change", () => seen.push(basket.count));
  return { basket, seen };
}

test("a basket begins empty, and costs nothing", () => {
  const basket = new Basket();
  assert.deepEqual(basket.lines, []);
  assert.equal(basket.count, 0);
  assert.equal(basket.total(priceOf), 0);
});

test("a piece added again is counted in its line", () => {
  const basket = new Basket();
  basket.add("vase", "Sand");
  basket.add("vase", "Sand");
  assert.deepEqual(basket.lines, [{ slug: "vase", glaze: "Sand", count: 2 }]);
});

test("each glaze of a piece has a line of its own, in the order of adding", () => {
  const basket = new Basket();
  basket.add("mug", "Tide");
  basket.add("vase", "Sand");
  basket.add("mug", "Dusk");
  basket.add("mug", "Tide");
  assert.deepEqual(
    basket.lines.map((line) => [line.slug, line.glaze, line.count]),
    [
      ["mug", "Tide", 2],
      ["vase", "Sand", 1],
      ["mug", "Dusk", 1],
    ],
  );
  assert.equal(basket.countOf("mug", "Dusk"), 1);
  assert.equal(basket.countOf("vase", "Dusk"), 0);
});

test("the total counts every piece at its price", () => {
  const basket = new Basket();
  basket.set("vase", "Sand", 2);
  basket.set("mug", "Tide", 3);
  assert.equal(basket.count, 5);
  assert.equal(basket.total(priceOf), 2 * 84 + 3 * 26);
});

test("what is set is kept whole and within bounds", () => {
  for (const [asked, kept] of [
    [1, 1],
    [2.9, 2],
    [MOST, MOST],
    [MOST + 1, MOST],
    [Number.POSITIVE_INFINITY, MOST],
    [0, 0],
    [-3, 0],
    [Number.NaN, 0],
  ]) {
    const basket = new Basket();
    basket.set("vase", "Sand", asked);
    assert.equal(basket.count, kept, `${asked}`);
  }
});

test("a full line takes no further piece", () => {
  const basket = new Basket();
  basket.set("vase", "Sand", MOST);
  basket.add("vase", "Sand");
  assert.equal(basket.count, MOST);
});

test("a line of none is gone, and the others stay", () => {
  const basket = new Basket();
  basket.add("vase", "Sand");
  basket.add("mug", "Tide");
  basket.set("vase", "Sand", 0);
  assert.deepEqual(basket.lines, [{ slug: "mug", glaze: "Tide", count: 1 }]);
});

test("each change is told, when it has happened", () => {
  const { basket, seen } = watched();
  basket.add("vase", "Sand");
  basket.set("vase", "Sand", 7);
  basket.clear();
  assert.deepEqual(seen, [1, 7, 0]);
});

test("who reads the lines cannot change the basket", () => {
  const basket = new Basket();
  basket.add("vase", "Sand");
  basket.lines[0].count = 9;
  basket.lines.pop();
  assert.equal(basket.count, 1);
});
