import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, makeQueue } from "../../../frontends/tracker/queue.js";

const SIZES = { document: { width: 9, height: 9 }, viewport: { width: 9, height: 9 } };
const PAGE = { path: "/", ...SIZES, view: { number: 0 } };
const sample = (x, at = 0) => ({ type: "move", x, y: 0, at });
const click = (x) => ({ ...sample(x), type: "click" });
const look = (top) => ({ type: "look", top, height: 9, duration: 250, at: 0 });
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
  for (let x = 0; x < 300; x++) queue.add(PAGE, sample(x));
  const [full, rest, ...more] = queue.take(1);
  assert.deepEqual([full.seq, rest.seq, more], [3, 4, []]);
  assert.deepEqual(xs([full, rest]).flat(), [...Array(300).keys()]);
  assert.ok(
    full.samples.length > 230 && full.samples.length <= 256,
    `${full.samples.length} moves`,
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
  for (let x = 0; x < 5000; x++) queue.add(PAGE, sample(x, -1e9));
  const far = makeQueue();
  for (let x = 0; x < 5000; x++) far.add(PAGE, sample(x, x));
  for (const frames of [queue.take(1), far.take(1)]) {
    for (const { samples } of frames) for (const it of samples) it.at -= 1e9;
    const kept = xs(frames).flat();
    assert.equal(kept[0], 5000 - kept.length);
    assert.equal(kept.at(-1), 4999);
    const chars = frames.reduce((sum, frame) => sum + encode(frame, "s".repeat(24)).length, 0);
    assert.ok(kept.length > 2_000 && chars < 65_536, `${kept.length} samples in ${chars}`);
  }
});

test("what is on its way is bounded with what waits", () => {
  const queue = queueOf(2);
  queue.take(1);
  for (let x = 0; x < 5000; x++) queue.add(PAGE, sample(x));
  assert.ok(queue.take(2).every(({ seq }) => seq > 1));
});

test("a full queue drops moves and looks alone, the oldest first, before any click", () => {
  const queue = makeQueue();
  for (let x = 0; x < 20; x++) queue.add({ ...PAGE }, click(x));
  for (let x = 0; x < 4000; x++) queue.add(PAGE, x % 2 ? sample(x) : look(x));
  assert.deepEqual(xs(queue.take(1).slice(0, 20)).flat(), from(0, 19));
  queue.drop(from(0, 19));
  const light = queue.take(1).flatMap(({ samples }) => samples.map(({ x, top }) => x ?? top));
  assert.deepEqual(light, from(4000 - light.length, 3999));
  assert.ok(light.length < 4000);
});

test("a page view's attributes are told with its first frame alone", () => {
  const attributes = { referrer: "search.example" };
  const queue = makeQueue();
  const page = { ...PAGE, view: { number: 3, attributes } };
  const told = [sample(1), sample(2)].map((it) => Boolean(queue.add(page, it)));
  assert.deepEqual(told, [true, false], "and it says which is the first");
  queue.add({ ...page }, sample(3));
  const sent = () => queue.take(1).map((it) => JSON.parse(encode(it, "s")));
  assert.deepEqual(
    sent().map(({ view, attributes: its }) => [view, its]),
    [
      [3, attributes],
      [3, undefined],
    ],
  );
});

test("what is sent tells how old an event is, and nothing that is missing", () => {
  const frame = {
    page: PAGE,
    seq: 7,
    since: 1e12,
    via: 1,
    samples: [{ ...click(1), at: performance.now(), fixed: undefined }],
  };
  const { events, ...rest } = JSON.parse(encode(frame, "name"));
  const { view, ...page } = PAGE;
  assert.deepEqual(rest, { v: 2, session: "name", seq: 7, page });
  assert.deepEqual(Object.keys(events[0]), ["type", "x", "y", "age"]);
});

test("moves and looks are sent as 32-bit integers, lowest byte first, in base64", (t) => {
  t.mock.method(performance, "now", () => 1_000);
  const samples = [
    sample(513, 900),
    { ...sample(2, 700), fixed: true },
    { ...look(-3), at: 1_500 },
    sample(70_000, 1_000),
  ];
  const { moves, fixed_moves, looks, events } = JSON.parse(encode({ page: PAGE, samples, seq: 0 }));
  const bytes = (text) => [...Buffer.from(text, "base64")];
  const numbers = (text) => [...new Int32Array(new Uint8Array(bytes(text)).buffer)];
  assert.deepEqual(bytes(moves).slice(0, 12), [1, 2, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0]);
  assert.deepEqual(numbers(moves), [513, 0, 100, 70_000, 0, 0]);
  assert.deepEqual(numbers(fixed_moves), [2, 0, 300]);
  assert.deepEqual(numbers(looks), [-3, 9, 250, 0]);
  assert.equal(events, undefined);
});
