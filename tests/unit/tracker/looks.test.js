import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser } from "./browser.js";

/** A page on which its visitor has just arrived; its socket is open, and what is told is in `looks`. */
const arrived = (options) => {
  const browser = new Browser(options).run();
  browser.elapse(250);
  browser.accept();
  return browser;
};

const all = ({ looked }) => looked.flatMap(({ frame }) => frame.looks);

/** What was in view, and until when (ms). */
const told = ({ looked }) =>
  looked.flatMap(({ at, frame }) =>
    frame.looks.map(({ top, duration, age }) => [top, duration, Math.round(at - age)]),
  );

test("a position is told after 250 ms, then every 5 s, and the rest when it ends: exactly the time it was held", () => {
  const browser = arrived();
  browser.elapse(12_000);
  browser.scrollTo(500);
  browser.elapse(1_000);
  browser.scrollTo(900);
  browser.hide();
  assert.deepEqual(told(browser), [
    [0, 250, 250],
    [0, 5_000, 5_250],
    [0, 5_000, 10_250],
    [0, 2_000, 12_250],
    [500, 250, 12_500],
    [500, 750, 13_250],
  ]);
  assert.ok(all(browser).every(({ height }) => height === 720));
});

test("what is only scrolled past is not looked at", () => {
  const browser = arrived();
  for (let y = 10; y <= 1_000; y += 10) {
    browser.scrollTo(y);
    browser.elapse(16);
  }
  browser.elapse(2_000);
  browser.hide();
  const tops = new Set(all(browser).map(({ top }) => top));
  assert.deepEqual([...tops], [0, 1_000]);
});

test("a visitor who does nothing for 30 s may be away: looks end then, and no timer is left", () => {
  const browser = arrived();
  browser.elapse(60_000);
  const sum = all(browser).reduce((ms, { duration }) => ms + duration, 0);
  assert.equal(sum, 30_000);
  assert.deepEqual(browser.timers, []);
  browser.press(1, 1);
  browser.elapse(1_000);
  browser.hide();
  assert.deepEqual(told(browser).slice(-2), [
    [0, 250, 60_500],
    [0, 750, 61_250],
  ]);
});

for (const [name, act] of [
  ["moves", (browser) => browser.move(5, 5)],
  ["presses", (browser) => browser.press(5, 5)],
  ["types", (browser) => browser.window.dispatch({ type: "keydown" })],
  ["scrolls a part of the page", (browser) => browser.scroll(browser.button)],
]) {
  test(`a visitor who ${name} is still there, and looks at the same`, () => {
    const browser = arrived();
    for (let s = 0; s < 50; s += 10) {
      browser.elapse(10_000);
      act(browser);
    }
    browser.hide();
    const looks = all(browser);
    assert.equal(
      looks.reduce((ms, { duration }) => ms + duration, 0),
      50_250,
    );
    assert.ok(looks.slice(1, -1).every(({ duration }) => duration === 5_000));
  });
}

test("what scripts only pretend does not keep a visitor there", () => {
  const browser = arrived();
  browser.elapse(20_000);
  browser.move(5, 5, { isTrusted: false });
  browser.elapse(30_000);
  assert.equal(told(browser).at(-1)[2], 30_000);
});

test("a hidden page is not looked at, and has no timer; it is again when it is shown", () => {
  const browser = arrived();
  browser.elapse(1_000);
  browser.hide();
  browser.elapse(10_000);
  assert.deepEqual(browser.timers, []);
  browser.show();
  browser.elapse(400);
  browser.hide();
  assert.deepEqual(told(browser).slice(1), [
    [0, 1_000, 1_250],
    [0, 250, 11_500],
    [0, 150, 11_650],
  ]);
});

test("a page that was never shown is not looked at", () => {
  const browser = new Browser();
  browser.hide();
  browser.run().elapse(60_000);
  assert.deepEqual([browser.sockets.length, browser.timers], [0, []]);
});

test("a window of another size shows something else", () => {
  const browser = arrived();
  browser.elapse(1_000);
  browser.root.clientHeight = 500;
  browser.window.dispatch({ type: "resize" });
  browser.elapse(1_000);
  browser.hide();
  assert.deepEqual(
    all(browser).map(({ height, duration }) => [height, duration]),
    [
      [720, 250],
      [720, 1_000],
      [500, 250],
      [500, 750],
    ],
  );
});

test("what moved without an event that is heard is noticed at the next look", () => {
  const browser = arrived();
  browser.context.scrollY = 700;
  browser.elapse(6_000);
  browser.hide();
  assert.deepEqual(told(browser), [
    [0, 250, 250],
    [0, 5_000, 5_250],
    [700, 250, 5_500],
    [700, 750, 6_250],
  ]);
});

test("looks alone are sent as often as anything else, clicks take them along, and the rest goes by beacon", () => {
  const browser = arrived();
  const times = () => browser.looked.map(({ way, at }) => [way, at]);
  browser.elapse(250);
  browser.scrollTo(100);
  browser.elapse(1_000);
  const first = [250, 500].map((at) => ["socket", at]);
  assert.deepEqual(times(), first, "the next frame goes 2 s after the last");
  browser.press(1, 1);
  browser.elapse(100);
  browser.hide();
  assert.deepEqual(times(), [...first, ["socket", 1_500], ["beacon", 1_600]]);
});

test("a frame has 256 looks at most", () => {
  const browser = arrived();
  browser.sockets[0].bufferedAmount = 70_000;
  for (let y = 0; y < 200; y++) {
    browser.elapse(300);
    browser.scrollTo(y);
  }
  browser.sockets[0].bufferedAmount = 0;
  browser.press(1, 1);
  assert.equal(all(browser).length, 400);
  assert.ok(browser.looked.every(({ frame }) => frame.looks.length <= 256));
});

test("under an overlay nothing is told", () => {
  const browser = new Browser();
  browser.document.overlay = {};
  browser.run().elapse(10_000);
  browser.hide();
  assert.deepEqual([browser.sockets.length, browser.looked], [0, []]);
});

test("a page in a frame, which may be somewhere below, is looked at once its visitor acts on it", () => {
  const browser = new Browser({ parent: {} }).run();
  browser.elapse(10_000);
  assert.equal(browser.sockets.length, 0);
  browser.move(1, 1);
  browser.elapse(300);
  browser.accept();
  assert.equal(all(browser).length, 1);
});
