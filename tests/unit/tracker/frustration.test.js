import assert from "node:assert/strict";
import { test } from "node:test";
import { places, watched } from "./browser.js";

const told = (browser, type) => browser.events.filter((event) => event.type === type);

for (const [name, clicks, rage] of [
  [
    "three within 1 s and 30 px",
    [
      [0, 0, 0],
      [500, 20, 0],
      [1000, 0, 20],
    ],
    1,
  ],
  [
    "each further one",
    [
      [0, 0, 0],
      [250, 0, 0],
      [500, 0, 0],
      [750, 0, 0],
      [1000, 0, 0],
    ],
    3,
  ],
  [
    "not two",
    [
      [0, 0, 0],
      [100, 0, 0],
    ],
    0,
  ],
  [
    "not three in more than 1 s",
    [
      [0, 0, 0],
      [500, 0, 0],
      [1001, 0, 0],
    ],
    0,
  ],
  [
    "not three that lie further apart",
    [
      [0, 0, 0],
      [100, 20, 0],
      [200, 40, 0],
    ],
    0,
  ],
  [
    "not three with another between",
    [
      [0, 0, 0],
      [100, 0, 0],
      [200, 99, 0],
      [300, 0, 0],
    ],
    0,
  ],
]) {
  test(`rage is ${name}`, () => {
    const browser = watched();
    const start = browser.now;
    for (const [at, x, y] of clicks) {
      browser.elapse(start + at - browser.now);
      browser.press(x, y);
    }
    assert.deepEqual(
      places(told(browser, "rage")),
      clicks.slice(clicks.length - rage).map(([, x, y]) => [x, y]),
    );
    assert.equal(told(browser, "click").length, clicks.length);
  });
}

test("a click of which nothing comes for 2.5 s is dead, at its own place, target and time", () => {
  const browser = watched();
  browser.press(515, 733, { target: browser.button });
  browser.elapse(2499);
  assert.deepEqual(told(browser, "dead"), []);
  browser.elapse(1);
  const [click, dead, ...more] = browser.events;
  assert.deepEqual(more, []);
  assert.deepEqual(dead, { ...click, type: "dead", age: 2500 });
});

test("a dead click belongs to the page as it was", () => {
  const browser = watched();
  browser.press(1, 1);
  browser.root.scrollHeight = 9000;
  browser.elapse(2000);
  browser.press(2, 2, { buttons: 2, button: 2 });
  browser.elapse(1000);
  assert.deepEqual(
    browser.sent.map(({ page, events }) => [page.document.height, events[0].type]),
    [
      [4210, "click"],
      [9000, "click"],
      [4210, "dead"],
    ],
  );
});

for (const [name, answer] of [
  ["the page changes", (browser) => browser.mutate()],
  ["something scrolls", (browser) => browser.scroll(browser.button)],
  ["the route changes", ({ location }) => (location.pathname = "/chair")],
  ...["input", "toggle", "play", "beforeunload", "pagehide", "visibilitychange"].map((type) => [
    `there is a ${type}`,
    ({ window }) => window.dispatch({ type, target: window }),
  ]),
  [
    "a field gets the focus",
    ({ window, field }) => window.dispatch({ type: "focusin", composedPath: () => [field] }),
  ],
  ["the window loses it", ({ window }) => window.dispatch({ type: "blur", target: window })],
  [
    "something is selected",
    ({ context, window }) => {
      context.getSelection = () => ({ isCollapsed: false });
      window.dispatch({ type: "selectionchange" });
    },
  ],
]) {
  test(`no click is dead after which ${name}`, () => {
    const browser = watched();
    browser.field = browser.element({ is: ["textarea"] });
    browser.press(1, 1);
    browser.elapse(1000);
    browser.press(2, 2);
    answer(browser);
    browser.elapse(10_000);
    assert.deepEqual(told(browser, "dead"), []);
  });
}

for (const [name, answer] of [
  [
    "a button gets the focus",
    ({ window, button }) => window.dispatch({ type: "focusin", composedPath: () => [button] }),
  ],
  [
    "an element loses it",
    ({ window, button }) => window.dispatch({ type: "blur", target: button }),
  ],
  [
    "a selection ends",
    ({ window, document }) => window.dispatch({ type: "selectionchange", target: document }),
  ],
  ["the pointer moves on", (browser) => browser.move(900, 900)],
]) {
  test(`a click is dead if all that happens is that ${name}`, () => {
    const browser = watched();
    browser.press(1, 1);
    answer(browser);
    browser.elapse(2500);
    assert.deepEqual(places(told(browser, "dead")), [[1, 1]]);
  });
}

for (const [name, press] of [
  ["with another button", { button: 2, buttons: 2 }],
  ["with a key that opens a tab", { ctrlKey: true }],
]) {
  test(`a click ${name} is never dead`, () => {
    const browser = watched();
    browser.press(1, 1, press);
    browser.elapse(2500);
    assert.deepEqual(told(browser, "dead"), []);
  });
}

for (const selector of ["textarea", "canvas", "a[download]"]) {
  test(`a click on ${selector} is never dead`, () => {
    const browser = watched();
    browser.press(1, 1, { target: browser.element({ is: [selector] }) });
    browser.elapse(2500);
    assert.deepEqual(told(browser, "dead"), []);
  });
}

test("a tap can be dead", () => {
  const browser = watched();
  browser.press(1, 1, { pointerType: "touch" });
  browser.point("pointerup", 1, 1, { pointerType: "touch" });
  browser.elapse(2500);
  assert.deepEqual(places(told(browser, "dead")), [[1, 1]]);
});

test("each click waits for itself, and nothing is watched when none does", () => {
  const browser = watched();
  const idle = browser.window.listeners.length;
  const observed = () => browser.observers.flatMap((it) => it.observed).length;
  const watchedAlways = observed();
  browser.press(1, 1);
  browser.elapse(1500);
  browser.press(99, 99);
  browser.elapse(1500);
  assert.deepEqual(places(told(browser, "dead")), [[1, 1]]);
  assert.ok(observed() > watchedAlways && browser.window.listeners.length > idle);
  browser.elapse(1000);
  assert.deepEqual(places(told(browser, "dead")).at(-1), [99, 99]);
  assert.deepEqual([observed(), browser.window.listeners.length], [watchedAlways, idle]);
});

test("a click that was answered is not dead, though a later one is not answered", () => {
  const browser = watched();
  browser.press(1, 1);
  browser.mutate();
  browser.elapse(1000);
  browser.press(99, 99);
  browser.elapse(2500);
  assert.deepEqual(places(told(browser, "dead")), [[99, 99]]);
});

test("a shadow tree that is clicked is watched, too", () => {
  const browser = watched();
  const shadow = new browser.context.ShadowRoot();
  browser.press(1, 1, { composedPath: () => [browser.button, shadow, browser.body] });
  assert.ok(browser.observers.at(-1).observed.includes(shadow));
});
