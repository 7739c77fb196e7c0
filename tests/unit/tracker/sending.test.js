import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, connected, places, settled, unseen } from "./browser.js";

const BEACON = "https://ingest.example/_pageheat/post";
const TAKEN = { status: 204 };

/** A tracker with its second file, which posts. No click is judged, so that nothing is sent but what is pressed. */
const complete = (browser = new Browser().run()) => {
  browser.runBehaviour();
  browser.window[Symbol.for("pageheat.tracker")].onclick = () => {};
  return browser;
};

test("a socket that the network does not drain is given no more", () => {
  const browser = connected();
  const socket = browser.sockets[0];
  socket.bufferedAmount = 70_000;
  browser.press(1, 1);
  assert.deepEqual(browser.sent, []);
  socket.bufferedAmount = 0;
  browser.press(2, 2);
  assert.deepEqual(places(browser.events), [
    [1, 1],
    [2, 2],
  ]);
});

test("no socket is opened before there is something to send, nor again", () => {
  const browser = new Browser().run();
  browser.elapse(60_000);
  assert.equal(browser.sockets.length, 0);
  browser.press(1, 1);
  browser.accept();
  browser.elapse(250);
  browser.lose();
  browser.elapse(60_000);
  assert.equal(browser.sockets.length, 1);
  browser.press(2, 2);
  assert.equal(browser.sockets.length, 2);
});

test("pauses between attempts double up to 30 s, at least half of each", async () => {
  for (const [random, first, longest] of [
    [0, 500, 15_000],
    [1, 1000, 30_000],
  ]) {
    const { abs, hypot, max, min, round } = Math;
    const browser = new Browser({
      Math: { abs, hypot, max, min, round, random: () => random },
    }).run();
    browser.press(1, 1);
    const pauses = [];
    for (let attempt = 1; attempt <= 8; attempt++) {
      await browser.lose();
      pauses.push(await browser.untilNextSocket());
    }
    assert.deepEqual(pauses.slice(0, 4), [first, 2 * first, 4 * first, 8 * first]);
    assert.deepEqual(pauses.slice(-2), [longest, longest]);
  }
});

test("only a connection that brought an acknowledgement ends the row of failures", async () => {
  for (const [acknowledges, least, most] of [
    [false, 15_000, 30_050],
    [true, 500, 1_050],
  ]) {
    const browser = new Browser().run();
    browser.press(0, 0);
    for (let attempt = 0; attempt < 6; attempt++) {
      await browser.lose();
      await browser.untilNextSocket();
    }
    browser.acknowledges = acknowledges;
    browser.accept();
    browser.elapse(1000);
    browser.acknowledges = false;
    browser.press(1, 1);
    await browser.lose();
    const pause = await browser.untilNextSocket();
    assert.ok(least <= pause && pause <= most, `${pause} ms`);
  }
});

// How often ------------------------------------------------------------------------------------

/** Moves for that long, a point every 10 ms; returns when frames were sent, ms after the first. */
const moving = (browser, ms) => {
  const times = [];
  const known = browser.sent.length;
  for (let x = 0; x < ms / 10; x++) {
    browser.move(x % 1000, 0);
    browser.elapse(10);
    while (browser.sent.length > known + times.length) times.push(browser.now);
  }
  // A frame goes with the point next to its time.
  return times.map((time) => Math.round((time - times[0]) / 125) * 125);
};

test("a page that nobody watches is sent at once after a pause, then every 2 s, with all moves", () => {
  const browser = unseen();
  assert.deepEqual(moving(browser, 5_500), [0, 2_000, 4_000]);
  browser.elapse(3_000);
  assert.equal(browser.events.length, 45, "eight points a second, and the last one");
  const sent = browser.sent.length;
  browser.elapse(60_000);
  assert.equal(browser.sent.length, sent, "nothing more when nothing happens");
  assert.deepEqual(browser.timers, [], "nor does anything wake the page");
});

test("when somebody begins to watch, what waits goes at once, and then it is sent every 250 ms", () => {
  const browser = unseen();
  moving(browser, 1_000);
  const { length } = browser.sent;
  browser.answers({ every: 250 });
  assert.equal(browser.sent.length, length + 1);
  assert.deepEqual(moving(browser, 1_000), [0, 250, 500, 750]);
});

test("when nobody watches any longer, it is sent seldom again", () => {
  const browser = connected();
  moving(browser, 1_000);
  browser.answers({ every: 3_000 });
  browser.elapse(10_000);
  assert.deepEqual(moving(browser, 7_000), [0, 3_000, 6_000]);
});

test("the first move of another page goes at once, so that ingest tells how often to send", () => {
  const browser = unseen();
  moving(browser, 500);
  const { length } = browser.sent;
  browser.location.pathname = "/chair";
  browser.move(7, 7);
  browser.elapse(125);
  assert.deepEqual(
    browser.sent.slice(length).map(({ page }) => page.path),
    ["/lamp", "/chair"],
  );
});

test("a click goes at once, whoever watches", () => {
  const browser = unseen();
  moving(browser, 500);
  const { length } = browser.sent;
  browser.press(7, 7);
  assert.equal(browser.sent.length, length + 1);
});

test("a new connection begins as if nobody watched", async () => {
  const browser = connected();
  moving(browser, 100);
  await browser.lose();
  browser.move(5, 5);
  await browser.untilNextSocket();
  browser.accept();
  browser.elapse(10_000);
  assert.deepEqual(moving(browser, 4_500), [0, 2_000, 4_000]);
});

// What is not acknowledged --------------------------------------------------------------------

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

// Sockets that don't get through -------------------------------------------------------------

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
  browser.elapse(10_000);
  browser.posts.length = 0;
  return browser;
};

const posted = (browser) => browser.posts.flatMap(({ frame }) => frame.events);

for (const [name, fail] of Object.entries(FAILURES)) {
  test(`where sockets ${name}, frames are posted for as long as the document lives`, async () => {
    const browser = complete();
    browser.answer = TAKEN;
    await fail(browser);
    await settled();
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
    assert.equal(browser.posts[1].frame.seq, frame.seq + 1);
  });
}

test("what comes while it tries waits, one frame goes ahead, and nothing is lost", async () => {
  const browser = complete();
  browser.press(1, 1);
  browser.root.scrollHeight = 5000;
  browser.press(2, 2);
  await browser.lose();
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
    assert.equal(browser.posts.length, attempt);
    await browser.untilNextSocket();
  }
  browser.accept();
  assert.deepEqual(places(browser.events), [[1, 1]]);
  browser.press(2, 2);
  assert.deepEqual(places(browser.events).at(-1), [2, 2]);
  assert.equal(browser.posts.length, 3);
});

test("before the second file is there, sockets are tried again, and what waits is posted once it is", async () => {
  const browser = new Browser().run();
  browser.answer = TAKEN;
  browser.press(1, 1);
  await browser.lose();
  assert.deepEqual(browser.posts, []);
  complete(browser);
  await browser.untilNextSocket();
  await browser.lose();
  assert.deepEqual(places(posted(browser)), [[1, 1]]);
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
  assert.deepEqual(places(posted(browser)), [[1, 1]]);
});
