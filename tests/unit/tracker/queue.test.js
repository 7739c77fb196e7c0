import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, makeQueue } from "../../../frontends/tracker/queue.js";

const PAGE = { path: "/", document: { width: 9, height: 9 }, viewport: { width: 9, height: 9 } };
const sample = (x, at = 0) => ({ type: "move", x, y: 0, at });
const xs = (frames) => frames.map(({ samples }) => samples.map(({ x }) => x));

test("a page that is another object begins another frame, and a full frame does", () => {
  const queue = makeQueue();
  queue.add(PAGE, sample(1));
  queue.add(PAGE, sample(2));
  queue.add({ ...PAGE }, sample(3));
  queue.add(PAGE, sample(4));
  assert.deepEqual(xs(queue.takeAll()), [[1, 2], [3], [4]]);
  for (let x = 0; x < 257; x++) queue.add(PAGE, sample(x));
  assert.deepEqual(
    queue.takeAll().map(({ seq, samples }) => [seq, samples.length]),
    [
      [3, 256],
      [4, 1],
    ],
  );
});

test("what is put back is the first to be taken again, under its number", () => {
  const queue = makeQueue();
  queue.add(PAGE, sample(1));
  const frame = queue.take();
  assert.ok(queue.isEmpty());
  queue.add(PAGE, sample(2));
  queue.putBack(frame);
  assert.deepEqual(
    queue.takeAll().map(({ seq }) => seq),
    [0, 1],
  );
});

test("all that waits fits a beacon when it is sent a day later, and it is the newest", () => {
  const queue = makeQueue();
  for (let x = 0; x < 3000; x++) queue.add(PAGE, sample(x, -1e9));
  const far = makeQueue();
  for (let x = 0; x < 3000; x++) far.add(PAGE, sample(x, x));
  for (const frames of [queue.takeAll(), far.takeAll()]) {
    for (const { samples } of frames) for (const it of samples) it.at -= 1e9;
    const kept = xs(frames).flat();
    assert.equal(kept[0], 3000 - kept.length);
    assert.equal(kept.at(-1), 2999);
    const chars = frames.reduce((sum, frame) => sum + encode(frame, "s".repeat(24)).length, 0);
    assert.ok(kept.length > 480 && chars < 65_536, `${kept.length} samples in ${chars}`);
  }
});

test("what is sent tells how old an event is, and nothing that is missing", () => {
  const frame = {
    page: PAGE,
    seq: 7,
    samples: [{ ...sample(1, performance.now()), fixed: undefined }],
  };
  const { events, ...rest } = JSON.parse(encode(frame, "name"));
  assert.deepEqual(rest, { v: 1, session: "name", seq: 7, page: PAGE });
  assert.deepEqual(Object.keys(events[0]), ["type", "x", "y", "age"]);
});
