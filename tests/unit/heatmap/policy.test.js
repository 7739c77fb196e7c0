import assert from "node:assert/strict";
import { test } from "node:test";
import { refusal } from "../../../frontends/heatmap/static/bookmarklet/policy.js";

const FRONTEND = "https://heat.example";
const SETTINGS = {
  frontend: FRONTEND,
  frontends: {},
  broadcaster: "https://live.example",
  history: "https://past.example",
  site: "https://shop.example",
  sites: {},
  policy: {
    "script-src": [FRONTEND],
    "style-src": [FRONTEND],
    "connect-src": ["https://live.example", "wss://live.example", "https://past.example"],
    "img-src": ["blob:"],
  },
};

const violation = (effectiveDirective, blockedURI, more = {}) => ({
  effectiveDirective,
  blockedURI,
  sourceFile: "",
  disposition: /** @type {const} */ ("enforce"),
  ...more,
});

/** @type {[effective: string, blocked: string, directive: string][]} */
const OURS = [
  ["connect-src", "wss://live.example/lamp", "connect-src"],
  ["connect-src", "https://live.example/_pageheat/pages", "connect-src"],
  ["connect-src", "https://live.example", "connect-src"],
  ["style-src-elem", `${FRONTEND}/_pageheat/overlay.css`, "style-src"],
  ["script-src-elem", `${FRONTEND}/_pageheat/overlay.js`, "script-src"],
  ["img-src", "blob", "img-src"],
];

for (const [effective, blocked, directive] of OURS) {
  test(`what ${effective} forbids of ${blocked} is said with its directive and what to add`, () => {
    const notice = refusal(violation(effective, blocked), SETTINGS);
    assert.equal(notice?.key, directive);
    assert.ok(notice.text.includes(`blocks ${blocked}: `));
    assert.equal(notice.code, [directive, ...SETTINGS.policy[directive]].join(" "));
  });
}

const FOREIGN = {
  "another host": violation("connect-src", "wss://chat.example/"),
  "a host whose name begins like ours": violation("connect-src", "https://live.example.org/x"),
  "the page's own inline style": violation("style-src-attr", "inline", {
    sourceFile: "https://shop.example/a.js",
  }),
  "the history, of which the strip of time tells": violation(
    "connect-src",
    "https://past.example/_pageheat/history/grid/lamp",
  ),
  "a directive that we don't need": violation("font-src", `${FRONTEND}/a.woff`),
  "what is only reported": violation("connect-src", "wss://live.example/", {
    disposition: "report",
  }),
};

for (const [what, event] of Object.entries(FOREIGN)) {
  test(`nothing is said of ${what}`, () => assert.equal(refusal(event, SETTINGS), null));
}

test("an inline style of our own scripts is ours", () => {
  const event = violation("style-src-attr", "inline", { sourceFile: `${FRONTEND}/_pageheat/a.js` });
  assert.equal(refusal(event, SETTINGS)?.key, "style-src");
});
