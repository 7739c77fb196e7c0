import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, connected, places } from "./browser.js";

for (const [src, dataset, expected] of [
  ["https://a.example/_pageheat/tracker.js?v=2", {}, "https://a.example/_pageheat/behaviour.js"],
  ["https://cdn.example/t.js", { ingest: "https://b.example" }, "https://cdn.example/behaviour.js"],
  ["", { ingest: "https://b.example/heat" }, "https://b.example/heat/_pageheat/behaviour.js"],
]) {
  test(`it is loaded beside src="${src}" once the page is idle`, () => {
    const browser = new Browser({ src, dataset });
    browser.document.currentScript.nonce = "n0nce";
    browser.run().elapse(2999);
    assert.deepEqual(browser.head.children, []);
    browser.elapse(1);
    assert.deepEqual(browser.head.children, [
      { localName: "script", src: expected, nonce: "n0nce" },
    ]);
  });
}

test("it waits for the page to be loaded, and is not loaded under an overlay", () => {
  for (const overlay of [null, {}]) {
    const browser = new Browser();
    browser.document.readyState = "interactive";
    browser.run().elapse(60_000);
    assert.deepEqual(browser.head.children, []);
    browser.document.overlay = overlay;
    browser.window.dispatch({ type: "load" });
    browser.elapse(3000);
    assert.equal(browser.head.children.length, overlay ? 0 : 1);
  }
});

test("where scripts' addresses have to be trusted, it is loaded by a policy of our own", () => {
  const browser = new Browser();
  browser.window.trustedTypes = {
    createPolicy: (name, { createScriptURL }) => ({
      createScriptURL: (url) => ({ name, url: createScriptURL(url) }),
    }),
  };
  browser.run().elapse(3000);
  assert.equal(browser.head.children[0].src.name, "pageheat");
});

test("alone, or in a browser that lacks what it needs, it does nothing", () => {
  assert.doesNotThrow(() => new Browser().runBehaviour());
  const browser = connected({ MutationObserver: undefined });
  assert.doesNotThrow(() => browser.runBehaviour());
  browser.press(1, 1);
  assert.deepEqual(places(browser.events), [[1, 1]]);
});
