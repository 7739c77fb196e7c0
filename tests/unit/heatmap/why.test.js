import assert from "node:assert/strict";
import { test } from "node:test";
import { whyCold } from "../../../frontends/heatmap/static/core/why.js";

const finding = (name, outcome, detail = name, advice = "") => ({ name, outcome, detail, advice });
const RIGHT = [finding("page", "PASS"), finding("tag", "PASS"), finding("visitors", "PASS")];

for (const [what, findings, sentence] of [
  ["nobody came", RIGHT, /^Tag, policy and origin are right; nobody has moved here/],
  ["people came", [...RIGHT, finding("people", "PASS")], /group_by and aggregator/],
  [
    "the first failure counts, with what to do",
    [
      finding("robots", "WARN"),
      finding("tag", "FAIL", "No tag", "Add it."),
      finding("origin", "FAIL"),
    ],
    /^No tag\. Add it\.$/,
  ],
  [
    "then the first warning",
    [...RIGHT, finding("robots", "WARN", "Only robots")],
    /^Only robots\.$/,
  ],
  ["what explains nothing is left out", [...RIGHT, finding("name", "WARN")], /^Tag, policy and/],
])
  test(`a cold page is explained: ${what}`, () => assert.match(whyCold(findings), sentence));
