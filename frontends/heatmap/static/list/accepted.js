/**
 * Which groups of pages were accepted here.
 *
 * Kept in the browser: a group is a view of the data, made when it is asked for, and what one analyst takes
 * together, another looks at one by one. The list's address has the groups, too, so a link shows the same.
 */

import { groupsOf } from "./choice.js";

const KEY = "pageheat-groups";

/** @returns {string[]} */
export function loadGroups() {
  try {
    return groupsOf(JSON.parse(localStorage.getItem(KEY) ?? "[]"));
  } catch {
    // Storage is forbidden or has invalid contents.
    return [];
  }
}

/** @param {string[]} groups */
export function saveGroups(groups) {
  try {
    localStorage.setItem(KEY, JSON.stringify(groups));
  } catch {
    // Forbidden or full: they apply to this page, and to its address.
  }
}
