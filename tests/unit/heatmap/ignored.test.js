import assert from "node:assert/strict";
import { test } from "node:test";
import { ignoredPart } from "../../../frontends/heatmap/static/core/ignored.js";

const QUERY = "does not tell pages apart here: see PAGE_QUERY.";
const HASH = "#/… does not tell pages apart here: see HASH_ROUTES.";

/** @type {[address: string, query: string[], hashRoutes: boolean, said: string][]} */
const CASES = [
  ["/a", [], false, ""],
  ["/a?id=1", [], false, `?id=… ${QUERY}`],
  ["/a?id=1", ["id"], false, ""],
  ["/a?id=1&do=edit&x=2", ["id"], false, `?do=… ${QUERY}`],
  ["/a?id=", [], false, ""],
  ["/a?utm_source=x&gclid=y&fbclid=z", [], false, ""],
  ["/a#section", [], false, ""],
  ["/a#/users/7", [], false, HASH],
  ["/a#!/users/7", [], true, ""],
  ["/a#/", [], false, ""],
  ["/a#/access_token=x", [], false, ""],
  ["/a?id=1#/users", [], false, `?id=… ${QUERY} ${HASH}`],
  [`/a?${"k".repeat(60)}=1`, [], false, `?${"k".repeat(24)}…=… ${QUERY}`],
];

for (const [address, query, hashRoutes, said] of CASES) {
  test(`of ${address} the panel says "${said}" if [${query}] and ${hashRoutes ? "routes" : "no routes"} count`, () => {
    const found = ignoredPart(new URL(`http://site.example${address}`), { query, hashRoutes });
    assert.equal(found, said);
  });
}
