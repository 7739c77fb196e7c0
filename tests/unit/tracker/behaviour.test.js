import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, connected, places } from "./browser.js";

for (const [src, dataset, expected] of [
  ["https://a.example/_pageheat/page.js?v=2", {}, "https://a.example/_pageheat/more.js"],
  ["https://a.example/lib/own.js", {}, "https://a.example/lib/more.js"],
  ["https://cdn.example/t.js", { ingest: "https://b.example" }, "https://cdn.example/more.js"],
  ["", { ingest: "https://b.example/heat" }, "https://b.example/heat/_pageheat/more.js"],
]) {
  test(`it is loaded beside src="${src}" when the page is, or the pointer on it`, () => {
    for (const types of [
      ["load", "pointerover"],
      ["pointerover", "pointerover", "load"],
    ]) {
      const browser = new Browser({ src, dataset });
      browser.document.currentScript.nonce = "n0nce";
      browser.hide();
      browser.run().elapse(60_000);
      assert.deepEqual(browser.head.children, []);
      for (const type of types) browser.window.dispatch({ type });
      const [{ localName, src: loaded, nonce }, ...others] = browser.head.children;
      assert.deepEqual([localName, loaded, nonce, others], ["script", expected, "n0nce", []]);
    }
  });
}

test("it is not loaded under an overlay", () => {
  const browser = new Browser();
  browser.document.overlay = {};
  browser.run().window.dispatch({ type: "pointerover" });
  assert.deepEqual(browser.head.children, []);
});

test("where scripts' addresses have to be trusted, it is loaded by a policy of our own", () => {
  const browser = new Browser();
  browser.window.trustedTypes = {
    createPolicy: (name, { createScriptURL }) => ({
      createScriptURL: (url) => ({ name, url: createScriptURL(url) }),
    }),
  };
  browser.run().window.dispatch({ type: "pointerover" });
  assert.equal(browser.head.children[0].src.name, "pageheat");
});

test("alone, or in a browser that lacks what it needs, it does nothing", () => {
  assert.doesNotThrow(() => new Browser().runBehaviour());
  const browser = connected({ MutationObserver: undefined });
  assert.doesNotThrow(() => browser.runBehaviour());
  browser.press(1, 1);
  assert.deepEqual(places(browser.events), [[1, 1]]);
});
