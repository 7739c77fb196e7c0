/** What strip and panel say of the range that is shown, and what to do where there is none. Pure. */

import { readable } from "../core/address.js";
import { formatCount, formatUnit } from "../core/format.js";
import { formatMoment, formatRange, weekdayOf } from "./times.js";
import { chosenText, differenceBetween, isSameChoice } from "./visitors.js";

/**
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {import("./ask.js").Trouble} Trouble
 * @typedef {import("../core/barrier.js").Barrier} Barrier
 * @typedef {Pick<import("./past.js").Past, "found" | "failure">} Answered
 */

/** @type {Record<import("./ranges.js").Preset, string>} `weekday` has the day's name instead */
const LABELS = {
  hour: "Last hour",
  today: "Today",
  yesterday: "Yesterday",
  week: "7 days",
  month: "30 days",
  weekday: "",
};

/** @type {Record<import("./ranges.js").Preset, string>} what a preset is in full */
export const MEANINGS = {
  hour: "The last hour",
  today: "Today, since midnight",
  yesterday: "All of yesterday",
  week: "Today and the six days before",
  month: "Today and the 29 days before",
  weekday: "The same weekday, a week ago",
};

const NO_ADDRESS =
  "The tag of the overlay on this page does not say where the history is. Copy the tag anew from the bookmarklets' " +
  "page: it has data-history.";

/** A preset's name. @param {import("./ranges.js").Preset} preset @param {number} now */
export const presetLabel = (preset, now) =>
  preset === "weekday" ? `Last ${weekdayOf(now)}` : LABELS[preset];

/** What the range is called. @param {Range} range @param {number} now */
export const labelOf = (range, now) =>
  range.preset ? presetLabel(range.preset, now) : formatRange(range, now);

/** The history stores once a minute: if more than this is missing at a range's end, it is behind, ms. */
const BEHIND_MS = 2 * 60_000;

/**
 * Of how many page views, and how exact: "1,234 page views, to the minute".
 *
 * @param {{ views: number, exact: string, from: number, to: number, storedTo: number | null }} found
 * @param {Range} range what was asked for
 * @param {number} now
 */
export function countText(found, range, now) {
  const { to, storedTo } = found;
  const text = viewsText(found, range, now);
  if (storedTo === null) return `${text}, not complete yet`;
  if (storedTo >= Math.min(to, now) - BEHIND_MS) return text;
  return `${text}, complete until ${formatMoment(storedTo, now)}: the history is behind`;
}

/** @param {{ views: number, exact: string, from: number, to: number }} found @param {Range} range @param {number} now */
function viewsText({ views, exact, from, to }, range, now) {
  const count = `${formatCount(views)} page ${views === 1 ? "view" : "views"}`;
  if (exact === "to the minute") return `${count}, exact to the minute`;
  // Where minutes are no longer kept, the ends are rounded outwards.
  const wider = from < range.from || (!range.open && to > range.to);
  return `${count}, exact ${exact}${wider ? `: ${formatRange({ from, to }, now)}` : ""}`;
}

/**
 * What the strip says beside the range's name.
 *
 * @param {Range | null} range null for the live heat
 * @param {Answered} past
 * @param {import("./bars.js").Series | null} series
 * @param {number} now
 */
export function headText(range, past, series, now) {
  if (!range) return "the last few minutes";
  const gaps = series ? unknownText(range, series.gaps) : "";
  return joined([exactText(range, now), answeredText(range, past, now), gaps]);
}

/**
 * What the panel says below the range's name: of when, of whom, how exact, and against what.
 *
 * @param {Range} range
 * @param {import("./chosen-time.js").Side | null} than what it is compared with
 * @param {import("./visitors.js").Chosen} chosen
 * @param {string} group the pattern of the pages whose heat is shown, "" for this one alone
 * @param {Answered} past
 * @param {number} now
 */
export function whenText(range, than, chosen, group, past, now) {
  const views = past.found?.difference?.before.views;
  const of = views === undefined ? "" : `, ${formatUnit(views, "page view")}`;
  const against = than ? `against ${sidesText({ range, chosen }, than, now).other}${of}` : "";
  const answered = answeredText(range, past, now);
  const all = group && `all of ${readable(group)}`;
  return joined([all, exactText(range, now), answered, against, chosenText(chosen)]);
}

/**
 * What two sides are called: by their times, or by their visitors if the times are the same.
 *
 * @param {import("./chosen-time.js").Side} own
 * @param {import("./chosen-time.js").Side} other
 * @param {number} now
 */
export function sidesText(own, other, now) {
  if (!isSameChoice(own.chosen, other.chosen)) return differenceBetween(own.chosen, other.chosen);
  return { own: formatRange(own.range, now), other: formatRange(other.range, now) };
}

/** A preset's times, which its name does not say. @param {Range} range @param {number} now */
const exactText = (range, now) => (range.preset ? formatRange(range, now) : "");

/** @param {Range} range @param {Answered} past @param {number} now */
const answeredText = (range, { found, failure }, now) =>
  found && !failure ? countText(found, range, now) : "";

/** @param {string[]} texts */
const joined = (texts) => texts.filter(Boolean).join(" · ");

/**
 * Why nothing is shown, and what to do.
 *
 * @param {{ trouble: Trouble, text: string }} failure
 * @param {string} history origin, "" if none is known
 * @param {Barrier | null} barrier
 */
export function adviceOn({ trouble, text }, history, barrier) {
  if (!history) return NO_ADDRESS;
  if (trouble !== "away") return text || "The history has refused this question.";
  if (barrier === "policy") {
    return `This site's Content-Security-Policy blocks the history. Its connect-src should allow ${history}`;
  }
  if (barrier === "insecure") {
    return (
      `This page uses https:, so the browser blocks ${history}. Give the history an https: address, and set ` +
      "HISTORY_URL to it."
    );
  }
  return (
    `No answer from the history at ${history}. It is part of 'pageheat up' once its engine is installed: ` +
    "pip install 'pageheat[history]'. Retrying automatically."
  );
}

/**
 * What an empty range says.
 *
 * @param {Range} range
 * @param {number | null} since from when on anything is known
 * @param {boolean} isChosen whether only some visitors are shown
 * @param {number} now
 * @param {string} [what] was looked for
 */
export function emptyText(range, since, isChosen, now, what = "this page") {
  if (since === null) return "The history is empty: it collects from now on.";
  const begin = formatMoment(since, now);
  if (range.to <= since) return `Nothing was collected then. The history begins on ${begin}.`;
  if (isChosen) return "No page views of these visitors in this range.";
  return `Nothing of ${what} in this range. The history begins on ${begin}.`;
}

/** The part of a range that is not known, in words; "" if all of it is. @param {Range} range @param {[number, number][]} gaps */
export function unknownText(range, gaps) {
  let ms = 0;
  for (const [from, to] of gaps)
    ms += Math.max(0, Math.min(to, range.to) - Math.max(from, range.from));
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return "";
  const text =
    minutes < 180 ? formatUnit(minutes, "minute") : formatUnit(Math.round(minutes / 60), "hour");
  return `nothing is known of ${text} of it`;
}
