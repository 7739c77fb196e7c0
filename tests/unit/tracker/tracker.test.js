import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, connected, places, watched } from "./browser.js";

test("a frame is what docs/protocol.md says", () => {
  const browser = new Browser();
  Object.assign(browser.context, { scrollX: 0, scrollY: 1000 });
  browser.body.firstElementChild = browser.element({
    box: { left: 132.4, top: -1000, width: 1000, height: 4000 },
  });
  browser.run().runBehaviour();
  browser.elapse(500);
  browser.move(511.6, 1730.2);
  browser.elapse(100);
  browser.press(515, 1733, { target: browser.button });
  browser.elapse(80);
  browser.accept();
  const [{ session, ...frame }] = browser.sent;
  assert.match(session, /^[A-Za-z0-9_-]{24}$/);
  assert.deepEqual(frame, {
    v: 2,
    seq: 0,
    attributes: {},
    page: {
      path: "/lamp",
      document: { width: 1265, height: 4210 },
      viewport: { width: 1280, height: 720 },
      first: { x: 132, y: 0 },
    },
    events: [
      { type: "move", age: 180, x: 512, y: 1730 },
      {
        type: "click",
        age: 80,
        x: 515,
        y: 1733,
        buttons: 1,
        target: { selector: "#buy", x: 0.375, y: 0.33, width: 40, height: 100 },
      },
    ],
    looks: [{ top: 1000, height: 720, duration: 250, age: 430 }],
  });
});

test("a browser that a program steers says so", () => {
  const browser = connected();
  browser.move(1, 1);
  browser.elapse(1000);
  browser.context.navigator.webdriver = true;
  browser.move(2, 2);
  browser.elapse(1000);
  assert.deepEqual(
    browser.sent.map(({ robot }) => robot),
    [undefined, true],
  );
});

test("a movement is sampled every 125 ms and its last point kept", () => {
  const browser = connected();
  for (let x = 0; x < 100; x++) {
    browser.move(x, 0);
    browser.elapse(10);
  }
  browser.elapse(1000);
  // Points are taken at 0, 125, 250 … ms: the newest then; the last one when the movement is over.
  assert.deepEqual(
    browser.events.map(({ x }) => x),
    [0, 12, 24, 37, 49, 62, 74, 87, 99],
  );
});

test("data-interval sets the time between samples, 50 ms at least, 125 if it is no number", () => {
  for (const [interval, samples] of [
    ["500", 3],
    ["1", 21],
    ["soon", 9],
  ]) {
    const browser = connected({ dataset: { interval } });
    for (let x = 0; x < 100; x++) {
      browser.move(x, 0);
      browser.elapse(10);
    }
    browser.elapse(1000);
    assert.equal(browser.events.length, samples, interval);
  }
});

test("the first event after a pause is sent at once, then a frame every 250 ms", () => {
  const browser = connected();
  const frames = [];
  for (let x = 0; x < 80; x++) {
    browser.move(x, 0);
    if (browser.sent.length > frames.length) frames.push(browser.now);
    browser.elapse(10);
    if (browser.sent.length > frames.length) frames.push(browser.now);
  }
  const start = frames[0];
  assert.deepEqual(
    frames.map((time) => time - start),
    [0, 250, 500, 750],
  );
});

test("a movement's frames go when a point is taken, so that none waits for the next frame", () => {
  for (const interval of ["100", "124", "126", "200"]) {
    const browser = connected({ dataset: { interval } });
    for (let x = 0; x < 300; x++) {
      browser.move(x, 0);
      browser.elapse(10);
    }
    const frames = browser.sent.slice(0, -1);
    assert.ok(frames.length >= 10 && frames.length <= 16, interval);
    assert.ok(
      frames.every(({ events }) => events[events.length - 1].age <= 10),
      interval,
    );
  }
});

test("a click is sent at once, whatever was sent before, and after the move that led to it", () => {
  const browser = connected();
  browser.move(1, 1);
  browser.move(2, 2);
  browser.press(3, 3);
  browser.press(4, 4);
  assert.deepEqual(places(browser.events), [
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
  ]);
});

test("a finger clicks when it is lifted, and not when it scrolls", () => {
  const browser = connected();
  const touch = { pointerType: "touch", buttons: 0 };
  browser.press(1, 1, touch);
  browser.point("pointercancel", 1, 1, touch);
  browser.press(2, 2, touch);
  browser.point("pointerup", 2, 3, touch);
  assert.deepEqual(places(browser.events), [[2, 3]]);
});

test("what scripts only pretend is not counted", () => {
  const browser = connected();
  browser.press(1, 1, { isTrusted: false });
  browser.move(2, 2, { isTrusted: false });
  browser.press(3, 3);
  assert.deepEqual(places(browser.events), [[3, 3]]);
});

test("ages are reckoned when a frame is sent, never negative and at most a day", () => {
  const browser = new Browser().run();
  browser.press(1, 1, { timeStamp: -90_000_000 });
  browser.press(2, 2);
  browser.elapse(300);
  browser.press(3, 3, { timeStamp: browser.now + 40 });
  browser.accept();
  assert.deepEqual(
    browser.events.map(({ age }) => age),
    [86_400_000, 300, 0],
  );
});

test("a frame holds one page in one size; frames are counted", () => {
  const browser = new Browser().run();
  browser.press(1, 1);
  browser.root.scrollHeight = 5000;
  browser.press(2, 2);
  browser.press(3, 3);
  browser.location.pathname = "/chair";
  browser.press(4, 4);
  browser.accept();
  assert.deepEqual(
    browser.sent.map(({ seq, page, events }) => [
      seq,
      page.path,
      page.document.height,
      events.length,
    ]),
    [
      [0, "/lamp", 4210, 1],
      [1, "/lamp", 5000, 2],
      [2, "/chair", 5000, 1],
    ],
  );
});

test("a point that waits while the route changes stays with the page and size it was on", () => {
  const browser = connected();
  browser.move(1, 1);
  browser.move(2, 2);
  browser.location.pathname = "/chair";
  browser.root.scrollHeight = 9000;
  browser.move(3, 3);
  browser.elapse(1000);
  assert.deepEqual(
    browser.sent.map(({ page, events }) => [page.path, page.document.height, places(events)]),
    [
      ["/lamp", 4210, [[1, 1]]],
      ["/lamp", 4210, [[2, 2]]],
      ["/chair", 9000, [[3, 3]]],
    ],
  );
});

test("a page is measured for samples, not for each of the browser's events", () => {
  const browser = connected();
  let measured = 0;
  browser.context.getComputedStyle = () => {
    measured++;
    return { position: "static" };
  };
  for (let x = 0; x < 50; x++) browser.move(x, 0);
  const first = measured;
  assert.ok(first > 0);
  browser.elapse(1000);
  assert.ok(measured <= 3 * first);
});

test("sizes are at least 1, as an empty frame element has none", () => {
  const browser = new Browser({ innerWidth: 0, innerHeight: 0 }).run();
  Object.assign(browser.root, { scrollWidth: 0, scrollHeight: 0 });
  browser.press(0, 0);
  browser.accept();
  const { document, viewport } = browser.sent[0].page;
  assert.deepEqual([document, viewport], Array(2).fill({ width: 1, height: 1 }));
});

test("a frame has 256 events at most, and what waits fits a beacon, the newest of it", () => {
  for (const [target, least] of [
    [undefined, 500],
    ["button", 150],
  ]) {
    const browser = new Browser().run();
    browser.button.attributes[0].value = "b".repeat(64);
    for (let x = 0; x < 2000; x++) browser.press(x, 0, { target: browser[target] });
    browser.accept();
    assert.ok(browser.events.length > least, `${browser.events.length} events`);
    assert.deepEqual(browser.events.at(0).x, 2000 - browser.events.length);
    assert.ok(browser.sent.every(({ events }) => events.length <= 256));
    assert.ok(JSON.stringify(browser.sent).length < 65_536);
  }
});

for (const [name, box, position, first] of [
  ["below a margin", { left: 8, top: -92.6, width: 1, height: 1 }, "static", { x: 8, y: 407 }],
  ["that is fixed", { left: 0, top: 10, width: 1, height: 1 }, "fixed", { x: 0, y: 10 }],
  ["in the corner", { left: 0, top: -500, width: 1, height: 1 }, "static", undefined],
  ["that comes after a script", undefined, "static", { x: 3, y: 504 }],
]) {
  test(`a page tells the corner of its first element ${name}`, () => {
    const browser = new Browser();
    browser.context.scrollY = 500;
    const nextElementSibling = browser.element({ box: { left: 3, top: 4, width: 1, height: 1 } });
    browser.body.firstElementChild = browser.element({ position, nextElementSibling });
    if (box) browser.body.firstElementChild.box = box;
    browser.run().press(0, 0);
    browser.accept();
    assert.deepEqual(browser.sent[0].page.first, first);
  });
}

test("until the document is read nothing is sent; with an overlay in it, nothing ever", () => {
  for (const overlay of [null, {}]) {
    const browser = new Browser();
    browser.document.readyState = "loading";
    browser.run().press(1, 1);
    browser.elapse(1000);
    assert.equal(browser.sockets.length, 0);
    Object.assign(browser.document, { readyState: "interactive", overlay });
    browser.window.dispatch({ type: "DOMContentLoaded" });
    assert.equal(browser.sockets.length, overlay ? 0 : 1);
    browser.move(2, 2);
    browser.move(3, 3);
    browser.hide();
    assert.equal(browser.beacons.length, overlay ? 0 : 1);
  }
});

for (const [name, navigator, dataset, tracks] of [
  ["Global Privacy Control", { globalPrivacyControl: true }, {}, false],
  ["Do Not Track", { doNotTrack: "1" }, {}, false],
  ["Do Not Track, unless told", { doNotTrack: "1" }, { respectPrivacy: "false" }, true],
  ["nothing of the kind", { globalPrivacyControl: false, doNotTrack: "0" }, {}, true],
]) {
  test(`listens ${tracks ? "" : "not at all "}to a visitor who asks for ${name}`, () => {
    const browser = new Browser({ navigator, dataset }).run();
    assert.equal(browser.window.listeners.length > 0, tracks);
  });
}

test("runs once however many tags there are, and not on a page from a file", () => {
  const browser = new Browser().run();
  const { length } = browser.window.listeners;
  browser.run();
  assert.equal(browser.window.listeners.length, length);
  assert.equal(new Browser({ url: "file:///home/me/page.html" }).run().window.listeners.length, 0);
});

for (const [src, ingest, socket, beacon] of [
  [
    "http://a.example:8001/_pageheat/tracker.js",
    undefined,
    "ws://a.example:8001/",
    "http://a.example:8001/",
  ],
  [
    "https://a.example/heat/_pageheat/tracker.js",
    undefined,
    "wss://a.example/heat/",
    "https://a.example/heat/",
  ],
  ["https://cdn.example/t.js", "https://b.example", "wss://b.example/", "https://b.example/"],
  [
    "https://cdn.example/t.js",
    "https://b.example/heat/",
    "wss://b.example/heat/",
    "https://b.example/heat/",
  ],
  ["", "https://b.example", "wss://b.example/", "https://b.example/"],
]) {
  test(`finds ingest from src="${src}" and data-ingest="${ingest ?? ""}"`, () => {
    const browser = new Browser({ src, dataset: { ingest } }).run();
    browser.press(1, 1);
    browser.hide();
    const { url, frame } = browser.beacons[0];
    assert.equal(url, `${beacon}_pageheat/post`);
    assert.equal(browser.sockets[0].url, socket + frame.session);
  });
}

test("a browser that lacks what it needs is left alone", () => {
  for (const name of ["crypto", "btoa", "URL", "performance", "location", "navigator"]) {
    const browser = new Browser({ [name]: undefined });
    assert.doesNotThrow(() => browser.run().press(1, 1), name);
  }
});

for (const [name, target, expected] of [
  [
    "its fraction of the box",
    { box: { left: 0, top: 0, width: 300, height: 30 } },
    [0.333, 0.333, 300, 30],
  ],
  ["its edges at most", { box: { left: 200, top: 0, width: 30, height: 5 } }, [0, 1, 30, 5]],
  ["nothing without a box", { box: { left: 0, top: 0, width: 300, height: 0 } }, undefined],
  ["nothing outside the body", { is: [] }, undefined],
  ["nothing if a name can't be told", { attributes: [{ name: "id", value: "b1" }] }, undefined],
]) {
  test(`a click has on its element ${name}`, () => {
    const browser = watched();
    Object.assign(browser.button, target);
    browser.press(100, 10, { target: browser.button });
    const [x, y, width, height] = expected ?? [];
    assert.deepEqual(
      browser.events.map(({ target }) => target),
      [expected && { selector: "#buy", x, y, width, height }],
    );
  });
}

/** A tracker whose second file is on its way, and a click on a button that is the body's only child. */
const clickedEarly = () => {
  const browser = connected();
  const { body, button } = browser;
  Object.assign(button, { localName: "button", parentNode: body, is: ["body *", ":only-of-type"] });
  const { querySelectorAll } = browser.document;
  Object.assign(browser.document, {
    querySelectorAll: (selector) =>
      selector === "body>button" ? [button] : querySelectorAll(selector),
  });
  browser.press(520, 720, { target: button });
  return browser;
};

const selectors = ({ events }) => events.map(({ target }) => target?.selector);

test("a click that comes before the second file waits, and has the name that later ones have", () => {
  const browser = clickedEarly();
  browser.elapse(1_000);
  assert.deepEqual(browser.sent, []);
  Object.assign(browser.button, { box: { left: 0, top: 0, width: 1, height: 1 } });
  browser.runBehaviour();
  const [{ x, y, age, target }] = browser.events;
  assert.deepEqual([x, y, age], [520, 720, 1_000]);
  assert.deepEqual(target, { selector: "#buy", x: 0.5, y: 0.2, width: 40, height: 100 });
});

test("it waits no longer than 2 s, and later ones do not; then elements are told by their places", () => {
  const browser = clickedEarly();
  browser.elapse(1_999);
  assert.deepEqual(browser.sent, []);
  browser.elapse(1);
  browser.press(521, 721, { target: browser.button });
  assert.deepEqual(selectors(browser), ["body>button", "body>button"]);
  browser.runBehaviour();
  browser.press(522, 722, { target: browser.button });
  assert.deepEqual(selectors(browser).at(-1), "#buy");
});

test("if the page is left before, it goes by beacon, told by its place", () => {
  const browser = clickedEarly();
  browser.leave();
  const [{ frame }] = browser.beacons;
  assert.deepEqual(selectors(frame), ["body>button"]);
});

test("so does one on an element that it has removed, unless another has that name now", () => {
  for (const [others, name] of [
    [[], "#buy"],
    [[{}], "body>button"],
  ]) {
    const browser = clickedEarly();
    browser.button.parentNode = null;
    browser.document.querySelectorAll = () => others;
    browser.runBehaviour();
    assert.deepEqual(selectors(browser), [name]);
  }
});
