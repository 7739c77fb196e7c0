import assert from "node:assert/strict";
import { test } from "node:test";
import { watched } from "./browser.js";

test("a pointer that stays rests once a second, 30 times in a row", () => {
  const browser = watched();
  browser.document.under = browser.button;
  browser.move(100, 10);
  browser.elapse(800);
  browser.move(103, 10);
  browser.elapse(60_000);
  const dwells = browser.events.filter(({ type }) => type === "dwell");
  assert.equal(dwells.length, 30);
  const [{ age, ...first }] = dwells;
  assert.ok(age <= 250);
  assert.deepEqual(first, {
    type: "dwell",
    x: 100,
    y: 10,
    target: { selector: "#buy", x: 0, y: 0, width: 40, height: 100 },
  });
  assert.deepEqual(
    browser.sent.slice(2).map(({ events }) => events.length),
    Array(30).fill(1),
  );
});

for (const [name, act, seconds] of [
  ["moves on", (browser) => browser.move(200, 10), 2],
  ["scrolls the page", (browser) => browser.scroll(browser.document), 2],
  ["scrolls a part of it", (browser) => browser.scroll(browser.button), 3],
  ["leaves the page", (browser) => browser.point("pointerout", 0, 0, { relatedTarget: null }), 1],
  ["leaves an element", (browser) => browser.point("pointerout", 0, 0, { relatedTarget: {} }), 3],
  ["hides the page", (browser) => browser.hide(), 1],
  ["comes onto a framed page", (browser) => (browser.document.under.nodeName = "IFRAME"), 1],
]) {
  test(`who has rested for 1.5 s and ${name} has rested for ${seconds} whole seconds after 3.2 s`, () => {
    const browser = watched();
    browser.document.under = browser.button;
    browser.move(100, 10);
    browser.elapse(1500);
    act(browser);
    browser.elapse(1700);
    assert.equal(browser.events.filter(({ type }) => type === "dwell").length, seconds);
  });
}

test("a finger does not rest", () => {
  const browser = watched();
  browser.document.under = browser.button;
  browser.move(100, 10, { pointerType: "touch" });
  browser.elapse(5000);
  assert.deepEqual(
    browser.events.map(({ type }) => type),
    ["move"],
  );
});
