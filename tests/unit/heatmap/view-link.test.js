import assert from "node:assert/strict";
import { test } from "node:test";
import { linkTo, viewOf } from "../../../frontends/heatmap/static/core/view-link.js";

const FROM = Date.UTC(2026, 10, 28, 10);
const TO = Date.UTC(2026, 10, 28, 12, 30);

/** @type {import("../../../frontends/heatmap/static/core/view-link.js").View} */
const VIEW = {
  span: { from: FROM, to: TO },
  than: { from: FROM - 9_000_000, to: FROM },
  thanChosen: {},
  curtain: true,
  layer: "clicks",
  kind: "rage",
  count: "views",
  chosen: { band: "phone", referrer: "", campaign: "spring & more" },
  group: "/product/*",
  token: "a.b-c.d_e",
};

const hashOf = (/** @type {string} */ href) => new URL(href).hash;

test("a link holds range, layer and visitors in the fragment, and the page stays the page", () => {
  const link = new URL(linkTo("http://heat.example/lamp?id=7", VIEW));
  assert.equal(link.href.split("#")[0], "http://heat.example/lamp?id=7");
  assert.match(link.hash, /^#pageheat&from=2026-11-28T10:00Z&to=2026-11-28T12:30Z&/);
});

test("opened, it is the same view, and the page gets its own fragment back", () => {
  for (const hash of ["", "#part", "#/route?a=1&b=2"]) {
    const found = viewOf(hashOf(linkTo(`http://heat.example/lamp${hash}`, VIEW)));
    assert.deepEqual(found, { view: VIEW, hash });
  }
});

test("other visitors of the same range are in it", () => {
  const view = { ...VIEW, than: null, thanChosen: { band: "wide", segment: "" } };
  assert.deepEqual(viewOf(hashOf(linkTo("http://heat.example/", view)))?.view, view);
});

test("a link to the live heat has no range", () => {
  const live = {
    ...VIEW,
    span: null,
    than: null,
    kind: /** @type {const} */ ("clicks"),
    curtain: false,
    chosen: {},
  };
  const found = viewOf(hashOf(linkTo("http://heat.example/", { ...live, count: "events" })));
  assert.deepEqual(found?.view, { ...live, kind: undefined, count: "events" });
});

test("what is not one of ours, or not known, is left alone", () => {
  for (const hash of ["", "#pageheat", "#pageheat-token=a.b.c", "#part&from=1"]) {
    assert.equal(viewOf(hash), null);
  }
  const odd = viewOf(
    "#pageheat&from=x&to=2026-11-28T10:00Z&layer=x&kind=%3Cb%3E&count=2&hash=//evil.example",
  );
  assert.deepEqual(odd, {
    view: {
      span: null,
      than: null,
      thanChosen: {},
      curtain: false,
      layer: undefined,
      kind: undefined,
      count: "events",
      chosen: {},
      group: "",
      token: "",
    },
    hash: "",
  });
});
