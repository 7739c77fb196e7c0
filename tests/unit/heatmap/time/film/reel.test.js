import assert from "node:assert/strict";
import { test } from "node:test";
import { Reel } from "../../../../../frontends/heatmap/static/time/film/reel.js";
import { film, MINUTE, SIZE } from "./films.js";

const LENGTH = 10 * MINUTE;
const QUESTION = { page: "/lamp", chosen: { band: "phone" }, from: 3 * MINUTE, to: 45 * MINUTE };

/** A history that answers when it is told to, and a reel that asks it. */
function reel(question = QUESTION) {
  /** @type {{ parameters: any, answer: (it: any) => Promise<void> }[]} */
  const asked = [];
  const ask = (_page, parameters, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("aborted")));
      asked.push({
        parameters,
        answer: async (it) => {
          resolve(it);
          for (let turn = 0; turn < 9; turn++) await Promise.resolve();
        },
      });
    });
  let changes = 0;
  const made = new Reel(question, LENGTH, ask, () => {
    changes++;
  });
  return { made, asked, changes: () => changes };
}

const fine = (/** @type {Record<number, any>} */ moves) => ({
  json: film(moves),
  trouble: null,
  text: "",
});

test("chunks have the same borders for all films, cut at the film's ends", async () => {
  const { made, asked } = reel();
  made.want(QUESTION.from);
  assert.deepEqual(asked[0].parameters, {
    band: "phone",
    from: String(3 * MINUTE),
    to: String(10 * MINUTE),
  });
  await asked[0].answer(fine({ 4: [[1, 2]] }));
  assert.deepEqual([made.size, made.frames.length], [SIZE, 1]);
  made.stop();
});

test("what comes next is loaded ahead, one after the other and not farther than two chunks", async () => {
  const { made, asked, changes } = reel();
  made.want(QUESTION.from);
  assert.equal(asked.length, 1);
  for (let n = 0; n < 3; n++) await asked[n].answer(fine({ [10 * n + 4]: [[1, 2]] }));
  assert.deepEqual(
    asked.map(({ parameters }) => Number(parameters.from) / MINUTE),
    [3, 10, 20],
  );
  assert.equal(made.knownUntil(QUESTION.from), 30 * MINUTE);
  made.want(12 * MINUTE);
  assert.equal(Number(asked[3].parameters.from), 30 * MINUTE);
  assert.equal(changes(), 3);
  made.stop();
});

test("where nothing is loaded nothing is known, and the film's end is the last that is", async () => {
  const { made, asked } = reel({ ...QUESTION, to: 8 * MINUTE });
  assert.equal(made.knownUntil(5 * MINUTE), 5 * MINUTE);
  made.want(QUESTION.from);
  await asked[0].answer(fine({}));
  assert.equal(made.knownUntil(QUESTION.from), 8 * MINUTE);
  assert.equal(asked.length, 1);
});

test("a place far away is loaded next", async () => {
  const { made, asked } = reel();
  made.want(QUESTION.from);
  made.want(41 * MINUTE);
  await asked[0].answer(fine({}));
  assert.equal(Number(asked[1].parameters.from), 40 * MINUTE);
  made.stop();
});

test("after a failure it says why, and asks again", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { made, asked } = reel();
  made.want(QUESTION.from);
  await asked[0].answer({ json: null, trouble: "busy", text: "too many questions" });
  assert.deepEqual(made.failure, { trouble: "busy", text: "too many questions" });
  made.want(QUESTION.from);
  assert.equal(asked.length, 1, "not at once");
  context.mock.timers.tick(60_000);
  await asked[1].answer(fine({ 4: [[1, 2]] }));
  assert.equal(made.failure, null);
  assert.equal(made.frames.length, 1);
  made.stop();
});

test("an answer that is no film is a failure, not a crash", async () => {
  const { made, asked } = reel();
  made.want(QUESTION.from);
  await asked[0].answer({ json: { frames: [] }, trouble: null, text: "" });
  assert.equal(made.failure?.trouble, "wrong");
  made.stop();
});
