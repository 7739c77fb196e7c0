/** The field that searches a list of pages. */

import { element } from "./element.js";

/** The key that goes to the search. */
export const SEARCH_KEY = "/";

/** @param {(search: string) => void} typed called with what is searched for */
export function searchField(typed) {
  const input = element("input", {
    type: "search",
    placeholder: "Search pages",
    "aria-label": "Search pages",
    "aria-keyshortcuts": SEARCH_KEY,
    autocomplete: "off",
    spellcheck: "false",
    oninput: () => typed(input.value),
  });
  return {
    input,
    node: element("span", { class: "search" }, input, element("kbd", {}, SEARCH_KEY)),
  };
}
