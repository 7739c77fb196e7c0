import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue } from "../../../frontends/heatmap/static/core/queue.js";

/** Work that is begun by the queue and ended by the test. */
function job() {
  let resolve = () => {};
  const done = new Promise((end) => {
    resolve = () => end(undefined);
  });
  const made = {
    begun: false,
    work: () => {
      made.begun = true;
      return done;
    },
    resolve,
  };
  return made;
}

const turn = () => new Promise((done) => setImmediate(done));

test("no more than so many pieces of work are done at once", async () => {
  const queue = new Queue(2);
  const jobs = [job(), job(), job()];
  for (const [i, each] of jobs.entries()) queue.add(`${i}`, each.work);
  assert.deepEqual(
    jobs.map((each) => each.begun),
    [true, true, false],
  );
  jobs[0].resolve();
  await turn();
  assert.ok(jobs[2].begun);
});

test("of work that waits the newest of each key is done", async () => {
  const queue = new Queue(1);
  const [first, stale, fresh] = [job(), job(), job()];
  queue.add("a", first.work);
  queue.add("b", stale.work);
  queue.add("b", fresh.work);
  first.resolve();
  await turn();
  assert.deepEqual([stale.begun, fresh.begun], [false, true]);
});
