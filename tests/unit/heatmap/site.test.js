import assert from "node:assert/strict";
import { test } from "node:test";
import { siteName, visitAddress } from "../../../frontends/heatmap/static/core/site.js";

const SETTINGS = {
  frontend: "http://127.0.0.1:8081",
  frontends: {
    "": "http://127.0.0.1:8081",
    blog: "http://blog.localhost:8081",
    docs: "http://127.0.0.1:8082",
  },
  broadcaster: "http://localhost:8002",
  site: "http://localhost:8080",
  sites: { "https://blog.example": "blog", "http://127.0.0.1:9000": "docs" },
  policy: {},
  pages: { query: [], hashRoutes: false },
};

/** @type {[origin: string, name: string | null][]} */
const ORIGINS = [
  ["http://localhost:8080", ""],
  ["http://127.0.0.1:8080", ""],
  ["http://[::1]:8080", ""],
  ["http://localhost:8081", ""],
  ["http://blog.localhost:8081", "blog"],
  ["http://localhost:8082", "docs"],
  ["https://localhost:8080", null],
  ["http://localhost:9000", "docs"],
  ["http://localhost:9001", null],
  ["http://127.0.0.1:9000", "docs"],
  ["https://blog.example", "blog"],
  ["http://blog.example", null],
  ["null", null],
];

for (const [origin, name] of ORIGINS) {
  const said = name === null ? "no site of ours" : name ? `the site ${name}` : "the default site";
  test(`${origin} is ${said}`, () => assert.equal(siteName(origin, SETTINGS), name));
}

test("a site's address with a path is a site by its origin", () => {
  assert.equal(siteName("https://a.example", { ...SETTINGS, site: "https://a.example/shop" }), "");
});

/** @type {[page: string, address: string | null][]} */
const PAGES = [
  ["/a/b", "http://127.0.0.1:8081/a/b"],
  ["//blog/a?b=1#/c", "http://blog.localhost:8081/a?b=1#/c"],
  ["//docs/", "http://127.0.0.1:8082/"],
  ["//blog//evil.example/", null],
  ["//elsewhere/a", null],
  ["//blog", null],
];

for (const [page, address] of PAGES) {
  test(`the page ${page} is seen at ${address ?? "no address that is known"}`, () =>
    assert.equal(visitAddress(page, SETTINGS), address));
}
