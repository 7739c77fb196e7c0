/**
 * How fast a film plays, and what each of its moments shows: the heat of as long before it as plays in a second. Pure.
 *
 * @typedef {{ ms: number, text: string, span: string }} Speed
 *   `ms` of the past play in a second; `span` is what a moment shows.
 */

import { DAY, HOUR, MINUTE } from "../ranges.js";

/** @type {readonly Speed[]} */
export const SPEEDS = [
  { ms: MINUTE, text: "A minute a second", span: "the minute" },
  { ms: 5 * MINUTE, text: "5 minutes a second", span: "the 5 minutes" },
  { ms: 15 * MINUTE, text: "15 minutes a second", span: "the 15 minutes" },
  { ms: HOUR, text: "An hour a second", span: "the hour" },
  { ms: 6 * HOUR, text: "6 hours a second", span: "the 6 hours" },
  { ms: DAY, text: "A day a second", span: "the day" },
];

/** A film lasts no longer, s, if there is a speed for that. */
const LONG_S = 60;

/** Lengths of what is asked for at once: as many minutes, or hours, as the history has frames for (MAX_FRAMES there). */
const OF_MINUTES = 6 * HOUR;
const OF_HOURS = 15 * DAY;

/** The speed that a range is first played at. @param {{ from: number, to: number }} range @returns {Speed} */
export const speedFor = ({ from, to }) =>
  SPEEDS.find(({ ms }) => to - from <= LONG_S * ms) ?? SPEEDS[SPEEDS.length - 1];

/** How much of the past is asked for at once: in minutes while a second has few of them, else in hours. @param {Speed} speed */
export const chunkLength = ({ ms }) => (ms < HOUR ? OF_MINUTES : OF_HOURS);
