import assert from "node:assert/strict";
import { test } from "node:test";
import "./utc.js";
import { ChosenTime } from "../../../../frontends/heatmap/static/time/chosen-time.js";
import { sidesText } from "../../../../frontends/heatmap/static/time/said.js";

const HOUR = 3_600_000;
const NOON = Date.UTC(2025, 10, 28, 12);
const NOW = NOON + 5 * 24 * HOUR;
const RANGE = { from: NOON, to: NOON + HOUR, open: false, preset: null };

/** @param {Partial<import("../../../../frontends/heatmap/static/view/preferences.js").Time>} changes */
function chosen(changes, band = "") {
  const time = new ChosenTime(
    () => band,
    () => "/lamp/1",
  );
  time.change({ range: RANGE, ...changes });
  return time;
}

test("other visitors are compared in the same range, all else chosen alike", () => {
  const { than } = chosen(
    { than: { chosen: { segment: "b" } }, chosen: { segment: "a" } },
    "phone",
  );
  assert.deepEqual(than, { range: RANGE, chosen: { segment: "b", band: "phone" } });
});

test("another range is compared of the same visitors", () => {
  const { than } = chosen({ than: "before", chosen: { segment: "a" } });
  assert.equal(than?.range.to, NOON);
  assert.deepEqual(than?.chosen, { segment: "a" });
});

test("a curtain is there while something is compared", () => {
  assert.equal(chosen({ curtain: true, than: null }).hasCurtain, false);
  assert.equal(chosen({ curtain: true, than: "week" }).hasCurtain, true);
});

test("the heat of a group is shown on its pages, and only of the past", () => {
  assert.equal(chosen({ group: "/lamp/:id" }).group, "/lamp/:id");
  assert.equal(chosen({ group: "/vase/:id" }).group, "");
  assert.equal(chosen({ group: "/lamp/:id", range: null }).group, "");
});

test("a link to it is the same elsewhere", () => {
  for (const than of /** @type {any[]} */ (["before", { chosen: { segment: "b" } }, null])) {
    const here = chosen({
      than,
      chosen: { segment: "a" },
      count: "views",
      curtain: true,
      group: "/lamp/:id",
    });
    const there = new ChosenTime(
      () => "",
      () => "/lamp/1",
    );
    there.adopt(here.view);
    assert.deepEqual(there.than, here.than);
    assert.deepEqual(there.view, here.view);
  }
});

test("two sides are called by their times, or by their visitors if these differ", () => {
  const own = { range: RANGE, chosen: { segment: "a" } };
  const other = { range: RANGE, chosen: { segment: "b" } };
  assert.deepEqual(sidesText(own, other, NOW), { own: "a", other: "b" });
  const before = { ...own, range: { ...RANGE, from: NOON - HOUR, to: NOON } };
  assert.deepEqual(sidesText(own, before, NOW), {
    own: "Fri 28 Nov, 12:00 to 13:00",
    other: "Fri 28 Nov, 11:00 to 12:00",
  });
});
