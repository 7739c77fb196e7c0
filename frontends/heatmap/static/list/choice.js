/**
 * What of the pages' past is listed, and its address. Pure.
 *
 * The address holds all of it, so a link shows a colleague the same list. It is a fragment, which browsers never
 * send: names of pages stay out of logs.
 *
 * @typedef {import("../time/ranges.js").Range} Range
 * @typedef {typeof SORTS[number]} Sort
 * @typedef {{ range: Range | null, search: string, sort: Sort, reversed: boolean, groups: string[] }} Choice
 *   `range` is null for what is warm now; `groups` are the patterns of accepted groups; `reversed`: smallest first.
 */

import { between, isPreset, rangeOf } from "../time/ranges.js";

export const SORTS = /** @type {const} */ (["views", "change", "clicks", "page"]);

/** As many as the history takes in one question. */
export const MAX_GROUPS = 20;

const MARK = "#pages&";

/** @type {Choice} */
export const LIVE = { range: null, search: "", sort: "views", reversed: false, groups: [] };

/**
 * The fragment of a choice; "" for what is warm now.
 *
 * @param {Choice} choice
 * @param {boolean} [exact] a preset as its times, so that it is the same tomorrow
 */
export function fragmentOf({ range, search, sort, reversed, groups }, exact = false) {
  if (!range) return "";
  const fields = new globalThis.URLSearchParams();
  if (range.preset && !exact) fields.set("range", range.preset);
  else {
    fields.set("from", minute(range.from));
    fields.set("to", minute(range.to));
  }
  if (search) fields.set("search", search);
  if (sort !== "views") fields.set("sort", sort);
  if (reversed) fields.set("reversed", "true");
  for (const group of groups) fields.append("group", group);
  // These are allowed there, and read better.
  return MARK + String(fields).replace(/%3A/g, ":").replace(/%2F/g, "/");
}

/** The choice that a fragment asks for; null if it asks for none. @param {string} hash @param {number} now */
export function choiceOf(hash, now) {
  if (!hash.startsWith(MARK)) return null;
  const fields = new globalThis.URLSearchParams(hash.slice(MARK.length));
  const preset = fields.get("range");
  const [from, to] = [Date.parse(fields.get("from") ?? ""), Date.parse(fields.get("to") ?? "")];
  const range = isPreset(preset) ? rangeOf(preset, now) : from < to ? between(from, to, now) : null;
  const sort = /** @type {Sort} */ (fields.get("sort"));
  /** @type {Choice} */
  const choice = {
    range,
    search: fields.get("search") ?? "",
    sort: SORTS.includes(sort) ? sort : "views",
    reversed: fields.get("reversed") === "true",
    groups: groupsOf(fields.getAll("group")),
  };
  return range && choice;
}

/** What of it are patterns of groups, each once. @param {unknown} given @returns {string[]} */
export function groupsOf(given) {
  if (!Array.isArray(given)) return [];
  const found = given.filter((it) => typeof it === "string" && isPattern(it));
  return [...new Set(found)].slice(0, MAX_GROUPS);
}

/** Whether it names a group of pages: `/product/*`, `/product/:id`, `/docs/**`. @param {string} text */
export const isPattern = (text) => /\/(?:\*\*?|:[A-Za-z_]\w*)(?=\/|$)/.test(text);

/** "2026-11-28T13:05Z" @param {number} time */
const minute = (time) => `${new Date(time).toISOString().slice(0, 16)}Z`;
