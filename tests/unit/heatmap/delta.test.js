import assert from "node:assert/strict";
import { test } from "node:test";
import { Reader } from "../../../frontends/heatmap/static/core/delta.js";
import { Messages } from "../../../frontends/heatmap/static/core/message.js";

/** @param {...number} bytes */
const message = (...bytes) => new Uint8Array(bytes).buffer;

/** A grid of one number, 300, with cells 2 and 4 at 5 and the name 1 "ä". */
const KEYFRAME = message(4, 1, 0xd8, 4, 1, 1, 2, 0xc3, 0xa4, 1, 1, 10, 2, 2, 1);

test("a keyframe has everything", () => {
  const decoded = new Reader().take(KEYFRAME);
  assert.equal(decoded.kind, 2);
  assert.deepEqual(decoded.numbers, [300]);
  assert.deepEqual([...decoded.names], [[1, "ä"]]);
  assert.deepEqual(
    decoded.layers.map((layer) => [...layer]),
    [
      [
        [2, 5],
        [4, 5],
      ],
    ],
  );
});

test("a delta has the changes since the message before it of its kind", () => {
  const reader = new Reader();
  reader.take(KEYFRAME);
  reader.take(message(2, 0, 0, 0)); // of another kind
  const decoded = reader.take(message(5, 1, 1, 0, 1, 2, 9, 1, 2, 2, 1, 9));
  assert.deepEqual([decoded.numbers, [...decoded.names]], [[299], [[1, "ä"]]]);
  assert.deepEqual(
    [...decoded.layers[0]],
    [
      [4, 5],
      [9, 1],
    ],
  );
});

test("times of more than 32 bits are read", () => {
  assert.deepEqual(
    new Reader().take(message(0, 1, 128, 192, 226, 133, 227, 104, 0, 0)).numbers,
    [1_800_000_000_000],
  );
});

for (const [what, broken] of /** @type {[string, ArrayBuffer][]} */ ([
  ["nothing", message()],
  ["a delta without the message before it", message(5, 0, 0, 0)],
  ["a number without its end", message(4, 1, 128)],
  ["a number that is too long", message(4, 1, ...Array(9).fill(128), 0, 0, 0)],
  ["a name too long to say how long", message(4, 0, 1, 8, ...Array(200).fill(128), 0, 1)],
  ["a name without its end", message(4, 0, 1, 8, 5, 65)],
  ["cells without an end", message(4, 0, 0, 1, 1, 2, 9, 1)],
  ["more than a message can hold", message(4, 255, 255, 255, 255, 15)],
])) {
  test(`${what} is no message`, () => {
    assert.throws(() => new Messages().decode(broken), RangeError);
  });
}
