/** The list of pages in a range of the past: searched, ordered, grouped, downloaded. */

import { barrierOf } from "../core/barrier.js";
import { formatCount, formatUnit } from "../core/format.js";
import { visitAddress } from "../core/site.js";
import { linkTo } from "../core/view-link.js";
import { adviceOn, emptyText, labelOf } from "../time/said.js";
import { formatMoment, formatRange } from "../time/times.js";
import { copyText } from "../view/copy-text.js";
import { element, setText } from "../view/element.js";
import { loadSettings, SETTINGS } from "../view/front-end.js";
import { SEARCH_KEY, searchField } from "../view/search-field.js";
import { tokenChanges } from "../view/token.js";
import { unlockForm } from "../view/unlock.js";
import { fragmentOf, isPattern } from "./choice.js";
import { download } from "./download.js";
import { GroupMenu } from "./group-menu.js";
import { PagesOfRange } from "./pages-of-range.js";
import { PastTable } from "./past-table.js";

/** @typedef {import("./choice.js").Choice} Choice */

export class PastList {
  #history;
  #changed;
  /** @type {import("./pages-of-range.js").Asked | null} */
  #choice = null;
  #pages;
  #table = new PastTable(
    (sort) => this.#sort(sort),
    (group) => this.#pages.fold(group),
  );
  #groups;
  #said = element("p", { class: "said" });
  #notice = element("p", { class: "notice", role: "status" });
  #unlock = unlockForm();
  #foot = element("p", { class: "foot" });
  #field = searchField((search) => this.#change({ search }));
  #search = this.#field.input;
  #groupsButton = this.#button("Groups", "Pages of one kind together", () => this.#toggleGroups());
  #csv = this.#button("CSV", "Download all rows of this list as CSV", () => this.#download());
  #link = this.#button("Copy link", "Copy a link to this list", () => this.#copyLink());
  #more = element("button", { type: "button", class: "more", onclick: () => this.#pages.more() });
  /** Sees the end of the list come into view. */
  #end = new IntersectionObserver((entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting)) this.#pages.more();
  });
  /** @type {Pick<import("../core/site.js").Settings, "frontends">} */
  #sites = { frontends: { "": new globalThis.URL(SETTINGS).origin } };
  node;

  /**
   * @param {string} history origin
   * @param {(choice: Choice) => void} changed called when the reader chooses something else
   */
  constructor(history, changed) {
    this.#history = history;
    this.#changed = changed;
    this.#pages = new PagesOfRange(history, () => this.#show());
    this.#pages.isHeld = () => this.#table.isHeld;
    this.#groups = new GroupMenu(history, (groups) => this.#change({ groups }));
    this.#groupsButton.setAttribute("aria-expanded", "false");
    this.#more.hidden = this.#unlock.hidden = true;
    this.node = element(
      "div",
      { class: "board past" },
      element(
        "div",
        { class: "tools", role: "search" },
        this.#field.node,
        this.#groupsButton,
        this.#csv,
        this.#link,
      ),
      this.#groups.node,
      this.#said,
      this.#table.node,
      this.#more,
      this.#notice,
      this.#unlock,
      this.#foot,
    );
    tokenChanges.addEventListener("change", () => this.#pages.retry());
    addEventListener("online", () => this.#pages.retry());
    loadSettings().then(
      (settings) => {
        this.#sites = settings;
        this.#show();
      },
      () => {},
    );
  }

  /** @param {import("./pages-of-range.js").Asked} choice */
  show(choice) {
    this.#choice = choice;
    if (this.#search.value !== choice.search) this.#search.value = choice.search;
    this.#groupsButton.dataset.count = String(choice.groups.length || "");
    this.#table.mark(choice.sort, choice.reversed);
    this.#groups.update(choice.groups, choice.range);
    this.#pages.show(choice);
    this.#show();
  }

  stop() {
    this.#pages.stop();
    this.#groups.stop();
  }

  /** Moves between search and rows. @param {KeyboardEvent} event */
  press(event) {
    const { key, target, altKey, ctrlKey, metaKey, shiftKey } = event;
    // Some keyboards have the search's key above a digit.
    if (altKey || ctrlKey || metaKey || (shiftKey && key !== SEARCH_KEY)) return;
    const isTyped = target instanceof Element && target.matches("input, textarea, select");
    const focusSearch = () => this.#search.select();
    let isUsed = false;
    if (target === this.#search) {
      if (key === "ArrowDown") isUsed = this.#table.enter();
      else if (key === "Escape" && this.#search.value) {
        this.#search.value = "";
        this.#change({ search: "" });
        isUsed = true;
      }
    } else if (key === SEARCH_KEY && !isTyped) {
      focusSearch();
      isUsed = true;
    } else isUsed = this.#table.press(event, focusSearch);
    if (isUsed) event.preventDefault();
  }

  /** @param {Partial<Choice>} part */
  #change(part) {
    if (this.#choice) this.#changed({ ...this.#choice, ...part });
  }

  /** By this column; once more, the other way round. @param {import("./choice.js").Sort} sort */
  #sort(sort) {
    const isSame = this.#choice?.sort === sort;
    this.#change({ sort, reversed: isSame && !this.#choice?.reversed });
  }

  #toggleGroups() {
    const { node } = this.#groups;
    node.hidden = !node.hidden;
    this.#groupsButton.setAttribute("aria-expanded", String(!node.hidden));
    if (this.#choice) this.#groups.update(this.#choice.groups, this.#choice.range);
  }

  #show() {
    const choice = this.#choice;
    if (!choice) return;
    const { list, waiting, failure } = this.#pages;
    const now = Date.now();
    this.node.setAttribute("aria-busy", String(waiting));
    this.node.classList.toggle("broken", failure !== null);
    this.#table.show(this.#lines(), (line) => this.#shownOf(line));
    this.#table.describe(`Pages, ${labelOf(choice.range, now)}`);
    this.#unlock.hidden = failure?.trouble !== "refused";
    this.#more.hidden = !this.#pages.hasMore;
    const left = list ? list.total - list.pages.length : 0;
    setText(this.#more, `Show more (${formatCount(left)} left)`);
    // The button may have stayed in view while rows came, of which an observer says nothing.
    this.#end.disconnect();
    if (!this.#more.hidden) this.#end.observe(this.#more);
    setText(this.#said, list && list.pages.length > 0 ? this.#heading(list, now) : "");
    setText(this.#notice, this.#message(now));
    setText(this.#foot, list && list.total > 0 ? this.#count(list.total) : "");
  }

  /** @returns {import("./past-table.js").Line[]} */
  #lines() {
    const { list, members } = this.#pages;
    return (list?.pages ?? []).flatMap((entry) => {
      const isGroup = this.#choice?.groups.includes(entry.page);
      /** @type {import("./past-table.js").Line} */
      const line = { key: `${isGroup} ${entry.page}`, entry, role: isGroup ? "group" : "page" };
      const inside = (isGroup && members.get(entry.page)) || [];
      return [
        line,
        ...inside.map((member) => ({
          key: `member ${member.page}`,
          entry: member,
          role: /** @type {const} */ ("member"),
        })),
      ];
    });
  }

  /** @param {import("./past-table.js").Line} line */
  #shownOf({ entry, role }) {
    const { list, members } = this.#pages;
    const isKnown = list !== null && list.since !== null && list.since <= list.before[0];
    return { href: this.#href(entry, role), isKnown, isUnfolded: members.has(entry.page) };
  }

  /**
   * The page under the heat of the range; of a group, one of its pages under the heat of all of them.
   *
   * @param {import("./past-row.js").Entry} entry
   * @param {import("./past-row.js").Role} role
   */
  #href({ page, example }, role) {
    const shown = role === "group" ? example : page;
    // A group without page views in the range has no example.
    const address = isPattern(shown) ? null : visitAddress(shown, this.#sites);
    const { from = 0, to = 0 } = this.#pages.list ?? {};
    const view = { span: { from, to }, than: null, count: /** @type {const} */ ("events") };
    const group = role === "group" ? page : "";
    return address && linkTo(address, { ...view, chosen: {}, group });
  }

  /** Of when the list is, how exact, and what the change is to. @param {import("./pages-of-range.js").List} list @param {number} now */
  #heading({ from, to, exact, before, since }, now) {
    const isKnown = since !== null && since <= before[0];
    const change = isKnown
      ? `change to ${formatRange({ from: before[0], to: before[1] }, now)}`
      : `no change is told, as the history began on ${formatMoment(since ?? now, now)}`;
    return `${formatRange({ from, to }, now)}, exact ${exact}; ${change}`;
  }

  /** @param {number} total */
  #count(total) {
    const { search = "", groups = [] } = this.#choice ?? {};
    const what = groups.length > 0 ? "row" : "page";
    return `${formatUnit(total, what)}${search.trim() ? ` with “${search.trim()}”` : ""}`;
  }

  /** @param {number} now */
  #message(now) {
    const { list, waiting, failure } = this.#pages;
    const { search = "", range = null } = this.#choice ?? {};
    if (failure) {
      return adviceOn(failure, this.#history, barrierOf(location.protocol, this.#history));
    }
    if (!list) return waiting ? "Looking for pages…" : "";
    if (list.pages.length > 0 || waiting || !range) return "";
    if (search.trim()) {
      return `No page's address contains “${search.trim()}” in this range. Escape clears the search.`;
    }
    return emptyText(range, list.since, false, now, "any page");
  }

  async #download() {
    const { list } = this.#pages;
    if (!this.#choice || !list) return;
    const done = await download(this.#history, this.#choice, list.total);
    this.#done(this.#csv, done);
  }

  async #copyLink() {
    if (!this.#choice) return;
    const { origin, pathname } = location;
    const address = origin + pathname + fragmentOf(this.#choice, true);
    this.#done(this.#link, await copyText(address, this.node));
  }

  /** Says at a button whether it did what it should. @param {HTMLButtonElement} button @param {boolean} done */
  #done(button, done) {
    const before = button.dataset.text ?? button.textContent ?? "";
    button.dataset.text = before;
    setText(button, done ? "Done" : "Failed");
    setTimeout(() => setText(button, before), 1_600);
  }

  /** @param {string} text @param {string} title @param {() => void} onclick */
  #button(text, title, onclick) {
    return element("button", { type: "button", title, onclick }, text);
  }
}
