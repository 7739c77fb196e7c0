import assert from "node:assert/strict";
import { test } from "node:test";
import { BEACON, complete, connected, places, TAKEN } from "./browser.js";

/** A tracker that has sent a click of which it hears nothing, nor of anything else. */
const unanswered = () => {
  const browser = connected();
  browser.acknowledges = false;
  browser.press(1, 1);
  browser.went.length = 0;
  browser.clicked = { at: browser.now, seq: browser.sent[0].seq };
  return browser;
};

const acknowledge = (browser, ...seqs) => browser.answers({ acknowledged: seqs });

const reconnect = async (browser) => {
  await browser.lose();
  await browser.untilNextSocket();
  browser.accept();
};

const refuse = async (browser, refused) => {
  browser.answers({ refused, seq: browser.clicked.seq });
  browser.press(2, 2);
  browser.elapse(499);
  assert.deepEqual(browser.went, []);
  browser.elapse(501);
};

const comeBack = (browser) => {
  browser.document.visibilityState = "visible";
  browser.press(2, 2);
};

for (const [name, happens, ways] of [
  [
    "is acknowledged",
    async (browser) => {
      acknowledge(browser, browser.clicked.seq);
      browser.press(2, 2);
      await reconnect(browser);
    },
    [],
  ],
  ["loses its connection", reconnect, ["socket"]],
  [
    "loses its connection twice",
    async (browser) => {
      await reconnect(browser);
      acknowledge(browser, 0);
      browser.elapse(1000);
      await reconnect(browser);
    },
    ["socket", "socket"],
  ],
  [
    "is acknowledged the second time",
    async (browser) => {
      await reconnect(browser);
      acknowledge(browser, browser.clicked.seq);
      browser.press(2, 2);
      await reconnect(browser);
    },
    ["socket"],
  ],
  ["is refused as Kafka is busy", (browser) => refuse(browser, "busy"), ["socket"]],
  ["is refused as one of too many", (browser) => refuse(browser, "rate"), ["socket"]],
  ...["malformed", "too_large", "future"].map((refused) => [
    `is refused for good as ${refused}`,
    async (browser) => {
      browser.answers({ refused, seq: browser.clicked.seq });
      browser.press(2, 2);
      await reconnect(browser);
    },
    [],
  ]),
  [
    "is not the one that was refused for good",
    async (browser) => {
      browser.answers({ refused: "malformed", seq: browser.clicked.seq + 1 });
      browser.answers({ refused: "malformed" });
      await reconnect(browser);
    },
    ["socket"],
  ],
  [
    "loses its connection for good",
    async (browser) => {
      complete(browser);
      await browser.lose();
      await browser.untilNextSocket();
      browser.answer = TAKEN;
      await browser.lose();
      await browser.until(() => false);
    },
    ["post"],
  ],
  ["is left with its page", (browser) => browser.leave(), ["beacon"]],
  [
    "is left with a page that was hidden",
    (browser) => {
      browser.hide();
      browser.leave();
    },
    ["beacon"],
  ],
  [
    "was acknowledged when its page is left",
    (browser) => {
      acknowledge(browser, browser.clicked.seq);
      browser.leave();
    },
    [],
  ],
  [
    "is hidden for a while",
    (browser) => {
      browser.hide();
      browser.elapse(100);
      comeBack(browser);
    },
    ["beacon", "socket"],
  ],
  [
    "was acknowledged while it was hidden",
    (browser) => {
      browser.hide();
      acknowledge(browser, browser.clicked.seq);
      comeBack(browser);
    },
    ["beacon"],
  ],
  [
    "is left with a page that comes back",
    (browser) => {
      browser.leave();
      browser.press(2, 2);
      browser.elapse(100);
      browser.accept();
    },
    ["beacon", "socket"],
  ],
]) {
  test(`a frame that ${name} goes ${ways.length ? `again by ${ways.join(", then by ")}` : "no more"}`, async () => {
    const browser = unanswered();
    const { at, seq } = browser.clicked;
    await happens(browser);
    const again = browser.went.filter(({ frame }) => frame.seq === seq);
    assert.deepEqual(
      again.map(({ way }) => way),
      ways,
    );
    for (const { frame, ...sent } of again) {
      assert.deepEqual(places(frame.events), [[1, 1]]);
      assert.equal(frame.events[0].age, Math.round(sent.at - at));
    }
    const first = new Set(browser.went.map(({ frame }) => frame.seq));
    assert.deepEqual(
      [...first],
      [...first].sort((a, b) => a - b),
    );
  });
}

test("frames that were refused go again in order, before what came since, and what was not refused stays", () => {
  const browser = unanswered();
  for (let x = 2; x <= 4; x++) browser.press(x, x);
  const { seq } = browser.clicked;
  for (const refused of [seq + 3, seq, seq + 1]) browser.answers({ refused: "busy", seq: refused });
  browser.press(5, 5);
  browser.went.length = 0;
  browser.elapse(1000);
  assert.deepEqual(
    browser.went.map(({ frame }) => frame.seq - seq),
    [0, 1, 3, 4],
  );
});

test("pauses between refusals double, until something is acknowledged", async () => {
  const browser = unanswered();
  const { seq } = browser.clicked;
  const pause = () => {
    const { length } = browser.sent;
    for (const refused of [seq, seq + 1]) browser.answers({ refused: "busy", seq: refused });
    return browser.until(() => browser.sent.length > length);
  };
  browser.press(2, 2);
  for (const least of [500, 1000, 2000, 4000]) {
    const ms = await pause();
    assert.ok(least <= ms && ms <= 2 * least + 50, `${ms} ms`);
  }
  acknowledge(browser, seq);
  assert.ok((await pause()) <= 1050);
});

test("while 60 frames are on their way others wait, and go when the oldest are acknowledged", () => {
  const browser = connected();
  browser.acknowledges = false;
  for (let x = 0; x < 100; x++) browser.press(x, 0);
  const [{ seq }] = browser.sent;
  assert.equal(browser.sent.length, 60);
  acknowledge(browser, seq + 1, seq + 2);
  browser.elapse(1000);
  assert.equal(browser.sent.length, 60);
  acknowledge(browser, seq);
  browser.elapse(250);
  assert.deepEqual(
    browser.events.map(({ x }) => x),
    Array.from({ length: 100 }, (_, x) => x),
  );
});

test("while 60 frames are on their way, the others go when the oldest is refused for good", () => {
  const browser = connected();
  browser.acknowledges = false;
  for (let x = 0; x < 61; x++) browser.press(x, 0);
  const [{ seq }] = browser.sent;
  assert.equal(browser.sent.length, 60);
  browser.answers({ refused: "malformed", seq });
  browser.elapse(250);
  assert.equal(browser.sent.length, 61);
});

test("what is lost for longer than ingest would know it again is given up, and what waits is not", async () => {
  const browser = complete(unanswered());
  const { at, seq } = browser.clicked;
  const waits = (ms) => browser.until(() => browser.now >= at + ms, ms);
  await browser.lose();
  browser.press(2, 2);
  await waits(160_000);
  assert.ok(browser.went.some(({ frame }) => frame.seq === seq));
  await waits(240_000);
  browser.went.length = 0;
  browser.accept();
  await reconnect(browser);
  assert.deepEqual([...new Set(browser.went.map(({ frame }) => frame.seq - seq))], [1]);
});

// The end of a visit -------------------------------------------------------------------------

for (const end of ["hide", "leave"]) {
  test(`what is not acknowledged when one ${end}s the page goes by beacon, once`, () => {
    const browser = connected();
    browser.press(0, 0);
    browser.elapse(500);
    browser.move(1, 1);
    browser.move(2, 2);
    browser[end]();
    assert.deepEqual(places(browser.events), [
      [0, 0],
      [1, 1],
    ]);
    assert.deepEqual(
      browser.beacons.map(({ url, frame }) => [url, frame.seq, places(frame.events)]),
      [
        [BEACON, browser.sent[1].seq, [[1, 1]]],
        [BEACON, browser.sent[1].seq + 1, [[2, 2]]],
      ],
    );
    browser.leave();
    assert.equal(browser.beacons.length, 2);
  });
}

test("a page that comes back from the browser's cache goes on with a socket of its own", () => {
  const browser = connected();
  browser.leave();
  assert.equal(browser.sockets[0].readyState, 3);
  browser.press(1, 1);
  browser.accept();
  assert.equal(browser.sockets.length, 2);
  assert.deepEqual(places(browser.events), [[1, 1]]);
});

test("what a beacon refuses goes by fetch", () => {
  const browser = complete();
  browser.navigator.sendBeacon = () => false;
  browser.press(1, 1);
  browser.hide();
  assert.deepEqual(
    browser.posts.map(({ frame }) => places(frame.events)),
    [[[1, 1]]],
  );
});
