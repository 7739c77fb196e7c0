import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, connected, places, unseen } from "./browser.js";

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
  const browser = new Browser();
  browser.hide();
  browser.run().elapse(60_000);
  assert.equal(browser.sockets.length, 0);
  browser.show();
  browser.press(1, 1);
  browser.accept();
  browser.elapse(60_000);
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
  browser.elapse(40_000);
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

test("in a crowd a click goes with the next moves, in their turn, and at the latest when the page ends", () => {
  const browser = unseen();
  browser.answers({ every: 20_000 });
  moving(browser, 1_000);
  const { length } = browser.sent;
  browser.press(7, 7);
  browser.elapse(10_000);
  assert.equal(browser.sent.length, length);
  browser.elapse(10_000);
  assert.equal(browser.sent.length, length + 1);
  browser.press(8, 8);
  browser.hide();
  assert.deepEqual(places(browser.beacons.at(-1).frame.events), [[8, 8]]);
});

test("what is moved in the longest interval is in two frames at most", () => {
  const browser = unseen();
  browser.answers({ every: 30_000 });
  moving(browser, 31_000);
  const { length } = browser.sent;
  moving(browser, 30_000);
  assert.ok(browser.sent.length <= length + 2, `${browser.sent.length - length} frames`);
});

test("a new connection begins as if nobody watched", async () => {
  const browser = connected();
  moving(browser, 100);
  await browser.lose();
  browser.move(5, 5);
  await browser.untilNextSocket();
  browser.accept();
  browser.elapse(40_000);
  assert.deepEqual(moving(browser, 4_500), [0, 2_000, 4_000]);
});
