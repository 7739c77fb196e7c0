import assert from "node:assert/strict";
import { test } from "node:test";
import "./utc.js";
import { barAt, drawingOf, gapAt, pathOf } from "../../../../frontends/heatmap/static/time/bars.js";

const MINUTE = 60_000;
const BEGIN = Date.UTC(2026, 0, 1, 12);
const WINDOW = { from: BEGIN, to: BEGIN + 10 * MINUTE };

const series = (/** @type {number[]} */ views, /** @type {[number, number][]} */ gaps = []) => ({
  from: BEGIN,
  to: BEGIN + views.length * MINUTE,
  step: MINUTE,
  views,
  since: BEGIN,
  gaps,
});

test("each step is a bar, as long as there is room", () => {
  const { bars, most, step } = drawingOf(series([1, 0, 4, 0, 0, 0, 0, 0, 0, 2]), WINDOW, 10);
  assert.equal(step, MINUTE);
  assert.equal(most, 4);
  assert.deepEqual(
    bars.map(({ views }) => views),
    [1, 0, 4, 0, 0, 0, 0, 0, 0, 2],
  );
});

test("steps are added up where there is not, at round times", () => {
  const { bars, step } = drawingOf(series([1, 0, 4, 0, 0, 0, 0, 0, 0, 2]), WINDOW, 3);
  assert.equal(step, 5 * MINUTE);
  assert.deepEqual(
    bars.map(({ from, views }) => [from - BEGIN, views]),
    [
      [0, 5],
      [5 * MINUTE, 2],
    ],
  );
});

test("in a gap there is no bar, not one of no height", () => {
  const gap = /** @type {[number, number]} */ ([BEGIN + 3 * MINUTE, BEGIN + 6 * MINUTE]);
  const drawing = drawingOf(series([1, 1, 1, 0, 0, 0, 0, 1, 1, 1], [gap]), WINDOW, 10);
  assert.deepEqual(
    drawing.bars.map(({ from }) => (from - BEGIN) / MINUTE),
    [0, 1, 2, 6, 7, 8, 9],
  );
  assert.equal(barAt(drawing, BEGIN + 4 * MINUTE), null);
  assert.deepEqual(gapAt(drawing, BEGIN + 4 * MINUTE), { from: gap[0], to: gap[1] });
  assert.equal(barAt(drawing, BEGIN + 6 * MINUTE)?.views, 0);
});

test("the path has a bar for each count, the highest as high as the field", () => {
  const path = pathOf(drawingOf(series([2, 0, 4]), WINDOW, 10), WINDOW, 100, 30);
  assert.equal(path, "M0 30V15H9V30zM20 30V0H29V30z");
});
