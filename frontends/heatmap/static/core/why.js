/**
 * Why a page has no heat, in one sentence with what to do. No I/O.
 *
 * @typedef {{ name: string, outcome: "PASS" | "WARN" | "FAIL", detail: string, advice: string }} Finding
 *   as `pageheat check` prints it; services/checking/findings.py has the names
 */

/** Findings that explain no missing heat by themselves. */
const ASIDE = ["name", "ingest"];

const UNCOUNTED =
  "Events of people reach ingest, but are not counted. Check that group_by and aggregator are running.";

const NOBODY =
  "Tag, policy and origin are right; nobody has moved here in the last 5 min. Move the pointer over " +
  "this page on the site: its heat appears here within a second.";

/** @param {Finding[]} findings those that decide first */
export function whyCold(findings) {
  const is = (/** @type {string} */ wanted) => (/** @type {Finding} */ it) =>
    it.outcome === wanted && !ASIDE.includes(it.name);
  const worst = findings.find(is("FAIL")) ?? findings.find(is("WARN"));
  if (worst) return `${worst.detail}. ${worst.advice}`.trim();
  return findings.some(({ name }) => name === "people") ? UNCOUNTED : NOBODY;
}
