import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, unseen } from "./browser.js";

/** View, path and attributes of each frame, in order, whatever is in it. */
const views = (browser) => {
  const frames = new Map();
  for (const { frame } of [...browser.went, ...browser.looked]) frames.set(frame.seq, frame);
  return [...frames.values()]
    .sort((a, b) => a.seq - b.seq)
    .map(({ view = 0, page, attributes }) => [view, page.path, attributes]);
};

const first = (browser) => views(browser).find(([, , attributes]) => attributes)[2];

/** A visitor who has clicked on the page that the tag is on, with that address. */
const visit = ({ referrer = "", pushed, ...options } = {}) => {
  const browser = new Browser(options);
  browser.document.referrer = referrer;
  browser.window.pageheat = pushed;
  browser.run().press(1, 1);
  browser.accept();
  return browser;
};

test("a view's first frame says where its visitor comes from, and later ones do not", () => {
  const browser = visit({
    referrer: "https://search.example:8443/find?q=secret#top",
    url: "https://shop.example/lamp?utm_source=news&utm_medium=mail&utm_campaign=may%20day&id=7",
  });
  browser.elapse(3_000);
  browser.press(2, 2);
  const [[view, , attributes], ...later] = views(browser);
  assert.deepEqual(
    [view, attributes],
    [
      0,
      {
        referrer: "search.example:8443",
        source: "news",
        medium: "mail",
        campaign: "may day",
      },
    ],
  );
  assert.ok(later.length > 0 && later.every(([, , its]) => !its));
});

test("what there is not is left out, and what is long is cut", () => {
  assert.deepEqual(first(visit()), {});
  const url = `https://shop.example/?utm_source=${"s".repeat(99)}&utm_medium=`;
  assert.deepEqual(first(visit({ url })), { source: "s".repeat(64) });
});

for (const [name, options, segment] of [
  ["its tag", { dataset: { segment: "a" } }, "a"],
  ["what it has pushed before the tracker was there", { pushed: [{ segment: "b" }] }, "b"],
  [
    "the last of these",
    { dataset: { segment: "a" }, pushed: [{ segment: "b" }, { segment: 7 }] },
    "7",
  ],
  [
    "its tag, if a list of that name is another's",
    { dataset: { segment: "a" }, pushed: [1, {}] },
    "a",
  ],
  ["nothing, if that name is something else", { pushed: 5 }, undefined],
]) {
  test(`a page's segment is by ${name}`, () => {
    assert.equal(first(visit(options)).segment, segment);
  });
}

test("a segment that is pushed later holds from the next view on", () => {
  const browser = visit({ dataset: { segment: "a" } });
  browser.window.pageheat = [{ segment: "b" }];
  browser.press(2, 2);
  browser.route("/chair");
  browser.press(3, 3);
  const told = views(browser).filter(([, , attributes]) => attributes);
  assert.deepEqual(
    told.map(([view, path, { segment }]) => [view, path, segment]),
    [
      [0, "/lamp", "a"],
      [1, "/chair", "b"],
    ],
  );
});

test("another route begins another view, which comes from the site itself, and so does going back to it", () => {
  const browser = visit({ referrer: "https://search.example/" });
  for (const path of ["/chair", "/lamp"]) {
    browser.elapse(1_000);
    browser.route(path);
    browser.elapse(1_000);
  }
  browser.press(2, 2);
  const told = views(browser).filter(([, , attributes]) => attributes);
  assert.deepEqual(told, [
    [0, "/lamp", { referrer: "search.example" }],
    [1, "/chair", { referrer: "shop.example" }],
    [2, "/lamp", { referrer: "shop.example" }],
  ]);
});

test("a look ends with its route, whether the browser tells of that or the next event shows it", () => {
  for (const tells of [true, false]) {
    const browser = visit();
    browser.elapse(1_000);
    if (tells) browser.route("/chair");
    else browser.location.pathname = "/chair";
    browser.move(5, 5);
    browser.elapse(600);
    browser.hide();
    const looks = browser.looked.flatMap(({ frame }) =>
      frame.looks.map(({ duration }) => [frame.view ?? 0, frame.page.path, duration]),
    );
    assert.deepEqual(looks, [
      [0, "/lamp", 250],
      [0, "/lamp", 750],
      [1, "/chair", 250],
      [1, "/chair", 350],
    ]);
  }
});

test("a page that comes back from the browser's cache is another view of the same session", () => {
  const browser = unseen();
  browser.press(1, 1);
  browser.leave();
  browser.hide();
  browser.comeBack();
  browser.elapse(300);
  browser.accept();
  browser.press(2, 2);
  const frames = browser.went.map(({ frame }) => frame);
  assert.deepEqual([...new Set(frames.map(({ view = 0 }) => view))], [0, 1]);
  assert.equal(new Set(frames.map(({ session }) => session)).size, 1);
  assert.equal(views(browser).filter(([view, , attributes]) => view === 1 && attributes).length, 1);
});

test("another size of a page is the same view", () => {
  const browser = visit();
  browser.root.scrollHeight = 9_000;
  browser.press(2, 2);
  assert.deepEqual(views(browser), [
    [0, "/lamp", {}],
    [0, "/lamp", undefined],
  ]);
});
