import assert from "node:assert/strict";
import { test } from "node:test";
import * as ceramics from "../../../frontends/demo/site/assets/art/ceramics.js";
import * as turned from "../../../frontends/demo/site/assets/art/turned.js";
import {
  KINDS,
  PRODUCTS,
  price,
  productOf,
  REVIEWS,
} from "../../../frontends/demo/site/assets/shop/catalogue.js";

const PIECES = { ...ceramics, ...turned };

test("there are eight products at least, each at an address of its own", () => {
  assert.ok(PRODUCTS.length >= 8);
  const slugs = PRODUCTS.map((product) => product.slug);
  assert.equal(new Set(slugs).size, slugs.length);
  for (const slug of slugs) assert.match(slug, /^[a-z]+(-[a-z]+)*$/);
});

for (const product of PRODUCTS) {
  test(`${product.name} can be found, drawn and bought`, () => {
    assert.equal(productOf(product.slug), product);
    assert.equal(typeof PIECES[product.piece]?.draw, "function", product.piece);
    assert.ok(product.price > 0);
    assert.ok(product.rating >= 0 && product.rating <= 5);
    assert.ok(product.reviews > 0);
    assert.ok(KINDS.includes(product.kind));
  });

  test(`${product.name} comes in glazes of different names and colours`, () => {
    const names = product.glazes.map((glaze) => glaze.name);
    const colours = product.glazes.map((glaze) => glaze.colour);
    assert.ok(names.length >= 2, "a picture of a pair shows two");
    assert.equal(new Set(names).size, names.length);
    assert.equal(new Set(colours).size, colours.length);
    for (const colour of [...colours, product.wall, product.top])
      assert.match(colour, /^#[0-9a-f]{6}$/);
  });
}

test("no two products are the same piece", () => {
  const pieces = PRODUCTS.map((product) => product.piece);
  assert.equal(new Set(pieces).size, pieces.length);
});

test("what the shop does not have is not found", () => {
  assert.equal(productOf("anchor"), undefined);
  assert.equal(productOf(""), undefined);
});

test("each kind is named once", () => {
  assert.equal(new Set(KINDS).size, KINDS.length);
});

test("prices are euros", () => {
  assert.equal(price(128), "€ 128");
});

test("reviews give one to five stars", () => {
  for (const [name, rating, text] of REVIEWS) {
    assert.ok(name && text);
    assert.ok(Number.isInteger(rating) && rating >= 1 && rating <= 5);
  }
});
