import assert from "node:assert/strict";
import { test } from "node:test";
import { BEACON, Browser, complete, connected, places, settled, TAKEN } from "./browser.js";

/** Ways in which a browser fails to open a socket; each ends when it has failed. */
const FAILURES = {
  "are not there": async (browser) => {
    browser.context.WebSocket = undefined;
    browser.press(1, 1);
  },
  "are forbidden": async (browser) => {
    browser.context.WebSocket = class {
      constructor() {
        throw new Error("SecurityError");
      }
    };
    browser.press(1, 1);
  },
  "are refused": async (browser) => {
    browser.press(1, 1);
    await browser.lose();
  },
  "are against the page's policy": async (browser) => {
    browser.press(1, 1);
    Object.assign(browser.sockets[0], { readyState: 3 }).onerror();
  },
  "open and are dropped": async (browser) => {
    browser.press(1, 1);
    browser.accept();
    await browser.lose();
  },
  "never open": async (browser) => {
    browser.press(1, 1);
    browser.elapse(5000);
  },
};

/** A tracker that has found out that it has to post: one post so far. */
const posting = async () => {
  const browser = complete();
  browser.answer = TAKEN;
  await FAILURES["are refused"](browser);
  await browser.until(() => browser.posts.length);
  browser.elapse(40_000);
  browser.posts.length = 0;
  return browser;
};

const posted = (browser) => browser.posts.flatMap(({ frame }) => frame.events);

for (const [name, fail] of Object.entries(FAILURES)) {
  test(`where sockets ${name}, frames are posted for as long as the document lives`, async () => {
    const browser = complete();
    browser.answer = TAKEN;
    await fail(browser);
    await browser.until(() => browser.posts.length);
    const { length } = browser.sockets;
    browser.elapse(60_000);
    browser.press(2, 2);
    await settled();
    assert.deepEqual(places(posted(browser)), [
      [1, 1],
      [2, 2],
    ]);
    assert.equal(browser.sockets.length, length);
    const [{ frame, ...request }] = browser.posts;
    assert.deepEqual(request, {
      url: BEACON,
      options: { method: "POST", credentials: "omit", keepalive: true },
    });
    assert.ok(browser.posts[1].frame.seq > frame.seq);
  });
}

test("what comes while it tries waits, one frame goes ahead, and nothing is lost", async () => {
  const browser = complete();
  browser.press(1, 1);
  browser.root.scrollHeight = 5000;
  browser.press(2, 2);
  await browser.lose();
  await browser.until(() => browser.posts.length);
  browser.press(3, 3);
  assert.deepEqual(places(posted(browser)), [[1, 1]]);
  browser.answer = TAKEN;
  await browser.untilNextSocket();
  await browser.lose();
  assert.deepEqual(
    browser.posts.slice(1).map(({ frame }) => [frame.seq, places(frame.events)]),
    [
      [0, [[1, 1]]],
      [
        1,
        [
          [2, 2],
          [3, 3],
        ],
      ],
    ],
  );
});

test("where neither gets through, both are tried again, and whichever opens first is used", async () => {
  const browser = complete();
  browser.press(1, 1);
  for (let attempt = 1; attempt <= 3; attempt++) {
    await browser.lose();
    await browser.until(() => browser.posts.length === attempt);
    await browser.untilNextSocket();
  }
  browser.accept();
  assert.deepEqual(places(browser.events), [[1, 1]]);
  browser.press(2, 2);
  assert.deepEqual(places(browser.events).at(-1), [2, 2]);
  assert.equal(browser.posts.length, 3);
});

const asked = ({ head }) => head.children.map(({ src }) => src.split("/").at(-1));

test("what posts is asked for when a socket has failed that brought nothing, and not before", async () => {
  const browser = complete(connected());
  browser.press(1, 1);
  browser.elapse(1_000);
  await browser.lose();
  browser.press(2, 2);
  await browser.untilNextSocket();
  assert.deepEqual(asked(browser), []);
  await browser.lose();
  assert.deepEqual(asked(browser), ["seldom.js"]);
});

test("until it is there, sockets are tried again, and it is asked for again; there is one tag at most", async () => {
  const browser = new Browser().run();
  browser.answer = TAKEN;
  browser.press(1, 1);
  for (let attempt = 1; attempt <= 3; attempt++) {
    await browser.lose();
    await browser.untilNextSocket();
    assert.deepEqual(asked(browser), ["seldom.js"]);
  }
  assert.deepEqual(browser.posts, []);
  complete(browser);
  await browser.lose();
  await browser.until(() => browser.posts.length);
  assert.deepEqual(places(posted(browser)), [[1, 1]]);
  assert.equal(browser.sockets.length, 4);
});

test("moves are posted once a second, a click at once with what came before it", async () => {
  const browser = await posting();
  for (let x = 0; x < 160; x++) {
    browser.move(x, 0);
    browser.elapse(10);
  }
  assert.equal(browser.posts.length, 2);
  browser.press(200, 200);
  assert.deepEqual(places(browser.posts[2].frame.events).at(-1), [200, 200]);
  assert.equal(browser.posts[2].frame.events.length, 6);
});

test("what is not taken for now is posted again after a pause, under its number", async () => {
  const browser = await posting();
  for (const answer of [undefined, { status: 503, refused: "busy" }, { status: 404 }]) {
    browser.answer = answer;
    browser.press(1, 1);
    await settled();
    browser.press(2, 2);
    browser.answer = TAKEN;
    await browser.until(() => browser.posts.length > 1);
    const [first, ...again] = browser.posts.map(({ frame }) => frame);
    assert.equal(again[0].seq, first.seq);
    assert.deepEqual(places(again.flatMap(({ events }) => events)), [
      [1, 1],
      [2, 2],
    ]);
    browser.posts.length = 0;
  }
});

test("what will never be taken is not posted again", async () => {
  const browser = await posting();
  for (const [status, refused] of [
    [400, "malformed"],
    [413, "too_large"],
  ]) {
    browser.answer = { status, refused };
    browser.press(1, 1);
    await settled();
  }
  await browser.until(() => false);
  assert.equal(browser.posts.length, 2);
});

test("a page that is not welcome falls silent, whichever way it is told", async () => {
  const bySocket = connected();
  bySocket.sockets[0].onmessage({ data: '{"refused": "origin", "detail": "…"}' });
  const byPost = complete();
  byPost.answer = { status: 403, refused: "origin" };
  await FAILURES["are refused"](byPost);
  await byPost.until(() => byPost.posts.length);
  const whilePosting = await posting();
  whilePosting.answer = { status: 403, refused: "origin" };
  whilePosting.press(1, 1);
  for (const browser of [bySocket, byPost, whilePosting]) {
    await settled();
    const { length } = browser.sockets;
    browser.posts.length = 0;
    browser.press(2, 2);
    await browser.until(() => false);
    browser.hide();
    browser.leave();
    const told = [browser.events, browser.posts, browser.beacons];
    assert.deepEqual([browser.sockets.length, ...told.map((all) => all.length)], [length, 0, 0, 0]);
    assert.ok(browser.sockets.every(({ readyState }) => readyState === 3));
  }
});

test("other refusals, and what is no answer of ingest's, change nothing", async () => {
  const browser = connected();
  for (const data of ['{"refused": "future"}', "null", "?"]) browser.sockets[0].onmessage({ data });
  browser.press(1, 1);
  assert.deepEqual(places(browser.events), [[1, 1]]);
});
