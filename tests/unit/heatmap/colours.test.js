import assert from "node:assert/strict";
import { test } from "node:test";
import { COLOURS, STEPS } from "../../../frontends/heatmap/static/core/colours.js";

/** CIE lightness L*, 0 to 100, of a step's opaque colour. */
function lightness(table, step) {
  const [red, green, blue] = [0, 1, 2].map((channel) => {
    const value = table[4 * step + channel] / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 116 * Math.cbrt(0.2126 * red + 0.7152 * green + 0.0722 * blue) - 16;
}

for (const [layer, table] of Object.entries(COLOURS)) {
  test(`what is cold is not covered at all: ${layer}`, () => {
    assert.deepEqual([...table.slice(0, 4)], [0, 0, 0, 0]);
  });

  test(`opacity only grows with heat: ${layer}`, () => {
    for (let step = 1; step < STEPS; step++) {
      assert.ok(table[4 * step + 3] >= table[4 * step - 1], `step ${step}`);
    }
  });

  test(`equal steps of heat are about equally far apart in lightness: ${layer}`, () => {
    const eighth = (STEPS - 1) / 8;
    const steps = Array.from({ length: 8 }, (_, i) => {
      const [from, to] = [Math.max(1, Math.round(i * eighth)), Math.round((i + 1) * eighth)];
      return lightness(table, to) - lightness(table, from);
    });
    const mean = steps.reduce((sum, step) => sum + step) / steps.length;
    for (const step of steps) assert.ok(step > 0.7 * mean && step < 1.3 * mean, `${steps}`);
  });
}

test("the hottest tile or spot nearly covers the page, and what lies across it leaves it readable", () => {
  const { attention, scroll, ...places } = COLOURS;
  for (const table of Object.values(places)) assert.ok(table[4 * STEPS - 1] > 230);
  for (const table of [attention, scroll]) assert.ok(table[4 * STEPS - 1] < 150);
});

test("a hundredth of the hottest tile's moves leaves the page as it is to the eye", () => {
  const hundredth = Math.round((STEPS - 1) / 100);
  assert.ok(COLOURS.moves[4 * hundredth + 3] < 6);
});
