import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { namingPart } from "../../../frontends/tracker/naming.js";

/** What ingest makes of it is tested in tests/unit/contract/test_pages.py. */
const TABLE = JSON.parse(
  readFileSync(new URL("../../data/page_names.json", import.meta.url), "utf8"),
);

for (const { settings, pages } of TABLE) {
  const rules = {
    query: settings.page_query?.split(",") ?? [],
    hashRoutes: settings.hash_routes ?? false,
  };
  for (const { address, sent } of pages) {
    test(`of ${address} the browser sends ${sent} with ${JSON.stringify(rules)}`, () => {
      assert.equal(namingPart(new URL(`https://site.example${address}`), rules), sent);
    });
  }
}
