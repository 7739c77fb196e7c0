/** The whole list as a CSV file. */

import { inputValue } from "../time/times.js";
import { element } from "../view/element.js";
import { request } from "../view/request.js";
import { MAX_LISTED, pagesAddress } from "./questions.js";

/** Larger lists are a task for the history's own address. */
const MAX_ROWS = 50_000;

/**
 * Downloads all rows of the choice, also those that are not shown yet.
 *
 * @param {string} history origin
 * @param {Parameters<typeof pagesAddress>[1]} choice
 * @param {number} total rows
 * @returns {Promise<boolean>} whether the history answered
 */
export async function download(history, choice, total) {
  let text = "";
  for (let offset = 0; offset < Math.min(Math.max(total, 1), MAX_ROWS); offset += MAX_LISTED) {
    const address = pagesAddress(history, choice, { offset, limit: MAX_LISTED, csv: true });
    const part = await textAt(address);
    if (part === null) return false;
    text += offset === 0 ? part : part.slice(part.indexOf("\n") + 1);
  }
  const href = globalThis.URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  element("a", { href, download: nameOf(choice.range) }).click();
  // The browser has taken it by then.
  setTimeout(() => globalThis.URL.revokeObjectURL(href), 10_000);
  return true;
}

/** @param {string} address @returns {Promise<string | null>} */
async function textAt(address) {
  try {
    const answer = await request(address);
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}

/** "pages 2026-11-28 to 2026-11-29.csv" @param {import("./choice.js").Range} range */
function nameOf({ from, to }) {
  const [first, last] = [from, to - 1].map((time) => inputValue(time).slice(0, 10));
  return `pages ${first}${last === first ? "" : ` to ${last}`}.csv`;
}
