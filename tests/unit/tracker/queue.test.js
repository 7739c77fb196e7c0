import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, makeQueue } from "../../../frontends/tracker/queue.js";

const PAGE = { path: "/", document: { width: 9, height: 9 }, viewport: { width: 9, height: 9 } };
const sample = (x, at = 0) => ({ type: "move", x, y: 0, at });
const xs = (frames) => frames.map(({ samples }) => samples.map(({ x }) => x));
const seqs = (frames) => frames.map(({ seq }) => seq);
const from = (first, last) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

/** A queue of that many frames of one sample each. */
const queueOf = (length) => {
  const queue = makeQueue();
  for (let x = 0; x < length; x++) queue.add({ ...PAGE }, sample(x));
  return queue;
};

test("a page that is another object begins another frame, a full frame does, and one that was sent", () => {
  const queue = makeQueue();
  queue.add(PAGE, sample(1));
  queue.add(PAGE, sample(2));
  queue.add({ ...PAGE }, sample(3));
  queue.add(PAGE, sample(4));
  assert.deepEqual(xs(queue.take(1)), [[1, 2], [3], [4]]);
  for (let x = 0; x < 257; x++) queue.add(PAGE, sample(x));
  assert.deepEqual(
    queue.take(1).map(({ seq, samples }) => [seq, samples.length]),
    [
      [3, 256],
      [4, 1],
    ],
  );
});

for (const [name, acts, via, again] of [
  ["not the same way", [], 1, []],
  ["another way", [], 2, [0, 1, 2]],
  ["back to the first way", [["take", 2]], 1, [0, 1, 2]],
  ["when it is put back", [["putBack", 1]], 1, [1]],
  ["unless it was dropped", [["drop", [0, 2]]], 2, [1]],
  [
    "no more when it is put back too late",
    [
      ["drop", [1]],
      ["putBack", 1],
    ],
    1,
    [],
  ],
  ["no more when all was let go", [["clear"]], 2, []],
]) {
  test(`a frame that was sent goes ${name}, under its number`, () => {
    const queue = queueOf(3);
    queue.take(1);
    for (const [act, ...args] of acts) queue[act](...args);
    assert.deepEqual(seqs(queue.take(via)), again);
  });
}

test("as many frames are taken as one asks for", () => {
  const queue = queueOf(3);
  assert.deepEqual([seqs(queue.take(1, 2)), seqs(queue.take(1))], [[0, 1], [2]]);
});

test("a frame goes if less than 60 numbers lie between it and the oldest that is kept", () => {
  const queue = queueOf(100);
  for (const [dropped, due] of [
    [[], from(0, 59)],
    [from(1, 20), []],
    [[0], from(60, 80)],
    [from(21, 80), from(81, 99)],
  ]) {
    queue.drop(dropped);
    assert.deepEqual(seqs(queue.take(1)), due);
  }
});

test("what was first sent 170 s ago is given up, what never was is not", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1e12 });
  const queue = queueOf(2);
  queue.take(1, 1);
  for (const [ms, due] of [
    [169_999, [0, 1]],
    [1, [1]],
    [169_998, [1]],
    [1, []],
  ]) {
    t.mock.timers.tick(ms);
    assert.deepEqual(seqs(queue.take(1 + ms + Date.now())), due);
  }
  assert.ok(queue.isEmpty());
});

test("what was sent before the clock was set back by an hour is given up, as nobody knows how old it is", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1e12 });
  const queue = queueOf(1);
  queue.take(1);
  t.mock.timers.setTime(1e12 - 3_600_000);
  assert.deepEqual(queue.take(2), []);
  assert.ok(queue.isEmpty());
});

test("all that is kept fits a beacon when it is sent a day later, and it is the newest", () => {
  const queue = makeQueue();
  for (let x = 0; x < 3000; x++) queue.add(PAGE, sample(x, -1e9));
  const far = makeQueue();
  for (let x = 0; x < 3000; x++) far.add(PAGE, sample(x, x));
  for (const frames of [queue.take(1), far.take(1)]) {
    for (const { samples } of frames) for (const it of samples) it.at -= 1e9;
    const kept = xs(frames).flat();
    assert.equal(kept[0], 3000 - kept.length);
    assert.equal(kept.at(-1), 2999);
    const chars = frames.reduce((sum, frame) => sum + encode(frame, "s".repeat(24)).length, 0);
    assert.ok(kept.length > 480 && chars < 65_536, `${kept.length} samples in ${chars}`);
  }
});

test("what is on its way is bounded with what waits", () => {
  const queue = queueOf(2);
  queue.take(1);
  for (let x = 0; x < 2000; x++) queue.add(PAGE, sample(x));
  assert.ok(queue.take(2).every(({ seq }) => seq > 1));
});

test("what is sent tells how old an event is, and nothing that is missing", () => {
  const frame = {
    page: PAGE,
    seq: 7,
    since: 1e12,
    via: 1,
    samples: [{ ...sample(1, performance.now()), fixed: undefined }],
  };
  const { events, ...rest } = JSON.parse(encode(frame, "name"));
  assert.deepEqual(rest, { v: 1, session: "name", seq: 7, page: PAGE });
  assert.deepEqual(Object.keys(events[0]), ["type", "x", "y", "age"]);
});
