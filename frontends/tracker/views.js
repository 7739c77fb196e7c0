/**
 * What a page view can be grouped by: where its visitor comes from, and what the site says of it.
 *
 * A page view is one document on one route: a change of the path begins a new one, and so does coming back from
 * the browser's back/forward cache.
 *
 * @typedef {{referrer?: string, source?: string, medium?: string, campaign?: string, segment?: string}} Attributes
 * @typedef {{number: number, attributes?: Attributes}} View `number` counts a document's views from 0; `attributes`
 *   until a frame tells them
 */

import { quietly } from "./quietly.js";

const MAX_LABEL_CHARS = 64; // ingest cuts there, too

/** @param {unknown} value */
const label = (value) => String(value ?? "").slice(0, MAX_LABEL_CHARS) || undefined;

/**
 * The segment that the page has said last, by `(window.pageheat ||= []).push({ segment: "b" })`, else the tag's. The
 * list is the page's own: nothing needs to be there before a page says so.
 */
const segmentOf = quietly((/** @type {string | undefined} */ segment) => {
  const { pageheat = [] } = /** @type {any} */ (window);
  return Object.assign({ segment }, ...pageheat).segment;
});

/**
 * Begins a page view, with its attributes as they are now.
 * @param {number} number
 * @param {string | undefined} segment what the tag says
 * @returns {View}
 */
export const beginView = (number, segment) => {
  const query = new globalThis.URL(location.href).searchParams;
  /** @type {Attributes} */
  const attributes = {
    referrer: label(number ? location.host : document.referrer.split("/")[2]),
    segment: label(segmentOf(segment)),
  };
  for (const name of /** @type {const} */ (["source", "medium", "campaign"]))
    attributes[name] = label(query.get(`utm_${name}`));
  return { number, attributes };
};
