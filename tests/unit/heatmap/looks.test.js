import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fits,
  foldOf,
  marksOf,
  msInView,
  readAt,
  valuesOf,
  viewsOf,
  viewsReaching,
} from "../../../frontends/heatmap/static/core/looks.js";
import { lookCounts, randoms, someViews } from "./looks.js";

const NOTHING = lookCounts([], 3000);

for (let seed = 1; seed <= 20; seed++) {
  const random = randoms(seed);
  const height = 200 + Math.floor(random() * 5000);
  const views = someViews(random, height);
  const row = seed % 3 ? 20 : 40;
  const looks = lookCounts(views, height, row);
  const lasts = views.map((each) =>
    each.map(([top, tall]) => Math.floor((Math.min(top + tall, height) - 1) / row)),
  );

  test(`seconds in view and page views are those of a plain recount, row by row (${seed})`, () => {
    const rows = Math.ceil(height / row);
    const [ms, reached] = [msInView(looks), viewsReaching(looks, null)];
    for (let number = 0; number < rows; number++) {
      let [expected, came] = [0, 0];
      for (let view = 0; view < views.length; view++) {
        for (let look = 0; look < views[view].length; look++) {
          const [top, , took] = views[view][look];
          if (Math.floor(top / row) <= number && lasts[view][look] >= number) expected += took;
        }
        if (Math.max(...lasts[view]) >= number) came++;
      }
      assert.equal(ms[number] ?? 0, expected, `row ${number}`);
      assert.equal(reached[number] ?? 0, came, `row ${number}`);
      const read = readAt(looks, null, number * row + row / 2);
      assert.deepEqual(read, {
        from: number * row,
        to: (number + 1) * row,
        ms: expected,
        reached: came,
      });
    }
    assert.equal(viewsOf(looks), views.length);
  });

  test(`so many came as far as a line says, and fewer any further (${seed})`, () => {
    for (const { share, y } of marksOf(looks, null)) {
      const cameTo = (px) =>
        lasts.filter((each) => Math.max(...each) >= Math.floor(px / row)).length;
      assert.ok(cameTo(y - 1) >= share * views.length);
      assert.ok(cameTo(y) < share * views.length);
    }
  });

  test(`the fold is the mean of all windows, and eight of ten are in its spread (${seed})`, () => {
    const folds = views.map(
      (each) => Math.floor((each[each.length - 1][1] - 1) / row) * row + row / 2,
    );
    const { average, low, high } = /** @type {any} */ (foldOf(looks));
    let sum = 0;
    for (const fold of folds) sum += fold;
    assert.ok(Math.abs(average - sum / folds.length) < 1e-6);
    assert.ok(folds.filter((fold) => fold < low).length <= 0.1 * folds.length);
    assert.ok(folds.filter((fold) => fold > high).length <= 0.1 * folds.length);
    assert.ok(folds.includes(low) && folds.includes(high));
  });
}

test("a page that fits all windows is seen to its end by all, whatever they scrolled", () => {
  const looks = lookCounts([[[0, 700, 900]], [[0, 800, 400]]], 690);
  assert.ok(fits(looks, 690));
  // It has grown since: nobody has seen its new end, but everybody does now.
  assert.deepEqual(
    [...viewsReaching(looks, 700)],
    Array.from({ length: 35 }, () => 2),
  );
  assert.deepEqual([...valuesOf("scroll", looks, 700)].slice(-1), [100]);
  assert.ok(marksOf(looks, 690).every(({ y }) => y === 690));
  assert.ok(
    !fits(lookCounts([[[0, 700, 900]], [[0, 600, 400]]], 690), 690),
    "one window is smaller",
  );
});

test("a line at the page's end does not lie below it", () => {
  const looks = lookCounts(
    [
      [
        [0, 600, 900],
        [390, 600, 900],
      ],
    ],
    990,
  );
  assert.ok(marksOf(looks, 990).every(({ y }) => y === 990));
});

test("values are seconds and percent", () => {
  const looks = lookCounts([[[0, 40, 1500]], [[0, 20, 500]]], 4000);
  assert.deepEqual([...valuesOf("attention", looks, 4000)], [2, 1.5]);
  assert.deepEqual([...valuesOf("scroll", looks, 4000)], [100, 50]);
});

test("without looks there are no values, no lines and no fold", () => {
  assert.equal(viewsOf(NOTHING), 0);
  assert.equal(valuesOf("attention", NOTHING, 3000).length, 0);
  assert.equal(valuesOf("scroll", NOTHING, 3000).length, 0);
  assert.deepEqual(marksOf(NOTHING, 3000), []);
  assert.equal(foldOf(NOTHING), null);
  assert.deepEqual(readAt(NOTHING, 3000, 510), { from: 500, to: 520, ms: 0, reached: 0 });
});

test("a row that no page has costs no memory", () => {
  const far = { ...NOTHING, bottoms: new Map([[2 ** 40, 5]]), depths: new Map([[2 ** 40, 1]]) };
  assert.equal(msInView(far).length, 0);
  assert.equal(viewsReaching(far, null).length, 0);
});
