/** What is above the board: the search, the order, the groups, and the site if there are several. */

import { EVERYTHING } from "../core/board.js";
import { element } from "./element.js";
import { SEARCH_KEY, searchField } from "./search-field.js";

/** @type {Record<import("../core/page-order.js").Order, string>} */
const ORDERS = {
  warmth: "Warmest first",
  visitors: "Most visitors",
  moves: "Most moves",
  clicks: "Most clicks",
  newest: "Newest event",
  name: "By name",
};

/** Value of "all sites"; no site has such a name, as it would end at the slash. */
const ALL = "/";

export class BoardTools {
  /** @type {import("../core/board.js").Choice} */
  #choice;
  #changed;
  /** What `offer` was given. @type {(string | undefined)[]} */
  #known = [];
  #field = searchField((search) => this.#choose({ search }));
  #search = this.#field.input;
  #order = element(
    "select",
    {
      "aria-label": "Order",
      onchange: () =>
        this.order(/** @type {import("../core/page-order.js").Order} */ (this.#order.value)),
    },
    ...Object.entries(ORDERS).map(([value, text]) => element("option", { value }, text)),
  );
  #groups = element(
    "button",
    {
      type: "button",
      title: "Pages whose addresses differ in one part only, as one row",
      onclick: () => this.#choose({ groups: !this.#choice.groups }),
    },
    "Group",
  );
  #site = element("select", {
    "aria-label": "Site",
    hidden: true,
    onchange: () => this.#choose({ site: this.#site.value === ALL ? null : this.#site.value }),
  });

  /**
   * @param {import("./preferences.js").ListPreferences} preferences
   * @param {(choice: import("../core/board.js").Choice) => void} changed
   */
  constructor(preferences, changed) {
    this.#choice = { ...EVERYTHING, ...preferences };
    this.#changed = changed;
    this.node = element(
      "div",
      { class: "tools", role: "search" },
      this.#field.node,
      this.#site,
      this.#order,
      this.#groups,
    );
    this.#show();
  }

  get choice() {
    return this.#choice;
  }

  /** @param {import("../core/page-order.js").Order} order */
  order(order) {
    this.#choose({ order });
  }

  /**
   * Offers the sites, if there are several.
   *
   * @param {string[]} names "" for the default site
   * @param {string} [home] origin of the default site, if known
   */
  offer(names, home) {
    const { site } = this.#choice;
    const sites = [...new Set([...names, ...(site === null ? [] : [site])])].sort();
    const known = [home, ...sites];
    if (known.join() === this.#known.join()) return;
    this.#known = known;
    const homeName = home ? new globalThis.URL(home).host : "default site";
    this.#site.replaceChildren(
      element("option", { value: ALL }, "All sites"),
      ...sites.map((name) => element("option", { value: name }, name || homeName)),
    );
    this.#site.hidden = sites.length < 2;
    this.#show();
  }

  /** Whether the key was meant for the search. @param {KeyboardEvent} event */
  press(event) {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (target === this.#search) {
      if (key !== "Escape" || this.#search.value === "") return false;
      this.clear();
      return true;
    }
    const isTyped = target instanceof Element && target.matches("input, textarea, select");
    if (key !== SEARCH_KEY || ctrlKey || metaKey || altKey || isTyped) return false;
    this.focus();
    return true;
  }

  /** @param {EventTarget | null} target */
  isSearch(target) {
    return target === this.#search;
  }

  focus() {
    this.#search.focus();
    this.#search.select();
  }

  clear() {
    this.#search.value = "";
    this.#choose({ search: "" });
  }

  /** @param {Partial<import("../core/board.js").Choice>} part */
  #choose(part) {
    this.#choice = { ...this.#choice, ...part };
    this.#show();
    this.#changed(this.#choice);
  }

  #show() {
    this.#order.value = this.#choice.order;
    this.#site.value = this.#choice.site ?? ALL;
    this.#groups.ariaPressed = String(this.#choice.groups);
  }
}
