/** The board of warm pages, one row per page or group of pages, for the list page and the drawer. */

import { choose, EMPTY, update } from "../core/board.js";
import { formatCount, formatSpan } from "../core/format.js";
import { entryKey, isGroup } from "../core/page-groups.js";
import { siteOf } from "../core/site.js";
import { BoardRow, NUMBERS } from "./board-row.js";
import { BoardTools } from "./board-tools.js";
import { element, setText } from "./element.js";
import { Feed, MAX_LISTED } from "./feed.js";
import { loadSettings, SETTINGS } from "./front-end.js";
import { glide } from "./glide.js";
import { loadListPreferences, saveListPreferences } from "./preferences.js";
import { KAFKA_AWAY } from "./state-text.js";
import { TagToCopy } from "./tag-to-copy.js";
import { Thumbnails } from "./thumbnails.js";
import { unlockForm } from "./unlock.js";

const EMPTY_LIST =
  "No page is warm. Open the site and move the pointer: the page appears here within a second.";

/** Rows at first, and more each time that a reader comes to the end. */
const ROWS = 100;

/**
 * @typedef {import("../core/page-groups.js").Entry} Entry
 * @typedef {{ entry: Entry, isMember: boolean }} Line a shown row
 */

export class BoardList {
  #broadcaster;
  #board = EMPTY;
  /** @type {Map<string, BoardRow>} by key, in their order */
  #views = new Map();
  /** Keys of unfolded groups. @type {Set<string>} */
  #unfolded = new Set();
  #room = ROWS;
  #rows = element("ol");
  #notice = element("p", { class: "notice", role: "status" }, "Looking for warm pages…");
  #unlock = unlockForm();
  #tag = new TagToCopy();
  #more = element("button", {
    type: "button",
    class: "more",
    hidden: true,
    onclick: () => this.#showMore(),
  });
  #foot = element("p", { class: "foot" });
  #tools;
  #heads;
  #thumbnails;
  #feed;
  #receivedAt = 0;
  /** Of the newest list. */
  #time = 0;
  #listed = 0;
  /** Why the list is not up to date; "" if it is. */
  #fault = "";
  #total = 0;
  /** Whether pages were asked for that are yet to be sorted in. */
  #awaitsMore = false;
  /**
   * Until the settings are loaded, pages of other sites have no link.
   *
   * @type {Pick<import("../core/site.js").Settings, "frontends"> & { site?: string }}
   */
  #sites = { frontends: { "": new URL(SETTINGS).origin } };

  /**
   * @param {string} broadcaster origin
   * @param {{ width: number, height: number }} thumbnailBox px
   */
  constructor(broadcaster, thumbnailBox) {
    this.#broadcaster = broadcaster;
    this.#thumbnails = new Thumbnails(broadcaster, thumbnailBox);
    this.#tools = new BoardTools(loadListPreferences(), (choice) => {
      saveListPreferences(choice);
      this.#rechoose();
    });
    this.#feed = new Feed(
      broadcaster,
      this.#needed(),
      (list) => this.#receive(list),
      (refusal) => this.#refuse(refusal),
      (reason) => this.#fail(reason),
    );
    this.#heads = /** @type {const} */ (["name", ...NUMBERS, "newest"]).map((order) => {
      const attributes = { type: "button", class: order, tabindex: -1 };
      const text = order === "name" ? "page" : order;
      const onclick = () => this.#tools.order(order);
      return { order, node: element("button", { ...attributes, onclick }, text) };
    });
    const heads = this.#heads.map(({ node }) => node);
    this.node = element(
      "div",
      {},
      this.#tools.node,
      // The same as the choice of an order, which is for keyboards and screen readers.
      element("div", { class: "head", "aria-hidden": "true" }, element("span"), ...heads),
      this.#rows,
      this.#more,
      this.#notice,
      this.#unlock,
      this.#tag.node,
      this.#foot,
    );
    new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) this.#showMore();
    }).observe(this.#more);
    this.#showMarks();
    this.#state("loading");
  }

  start() {
    this.#receivedAt = performance.now();
    this.#feed.start();
    loadSettings().then(
      (settings) => {
        this.#sites = settings;
        this.#tag.show(settings.tag);
      },
      () => {},
    );
  }

  stop() {
    this.#feed.stop();
  }

  /** Moves between search and rows. @param {KeyboardEvent} event @returns {boolean} whether the key did something */
  press(event) {
    if (this.#tools.node.hidden) return false;
    const isUsed = this.#tools.press(event) || this.#move(event);
    if (isUsed) event.preventDefault();
    return isUsed;
  }

  /** @param {KeyboardEvent} event */
  #move({ key, target, altKey, ctrlKey, metaKey, shiftKey }) {
    if (altKey || ctrlKey || metaKey || shiftKey) return false;
    const handles = [...this.#views.values()].map(({ handle }) => handle);
    if (this.#tools.isSearch(target)) return key === "ArrowDown" && focus(handles[0]);
    const place = handles.findIndex((handle) => handle.contains(/** @type {Node} */ (target)));
    if (place === -1) return false;
    if (key === "ArrowDown") return focus(handles[place + 1]);
    if (key === "ArrowUp" && place === 0) this.#tools.focus();
    else if (key === "ArrowUp") return focus(handles[place - 1]);
    else if (key === "Home") return focus(handles[0]);
    else if (key === "End") return focus(handles.at(-1));
    else if (key === "ArrowRight" && handles[place].ariaExpanded === "false")
      handles[place].click();
    else if (key === "ArrowLeft" && handles[place].ariaExpanded === "true") handles[place].click();
    else return false;
    return true;
  }

  /** How many pages the broadcaster must list for what is chosen. */
  #needed() {
    const { order, groups, search, site } = this.#tools.choice;
    const isTop = order === "warmth" && !groups && !search && site === null;
    return isTop ? Math.min(this.#room, MAX_LISTED) : MAX_LISTED;
  }

  #rechoose() {
    this.#room = ROWS;
    this.#board = choose(this.#board, this.#tools.choice);
    this.#ask();
    this.#showMarks();
    this.#show();
  }

  #showMore() {
    if (this.#more.hidden) return;
    this.#room += ROWS;
    this.#ask();
    this.#show();
  }

  #ask() {
    this.#awaitsMore = this.#listed < this.#total && this.#listed < this.#needed();
    this.#feed.ask(this.#needed());
  }

  /** @param {import("./feed.js").List} list */
  #receive(list) {
    const now = performance.now();
    this.#receivedAt = now;
    this.#time = list.time;
    this.#total = list.total;
    this.#listed = list.pages.length;
    this.#fault = list.kafka ? KAFKA_AWAY : "";
    const held = this.#rows.matches(":hover, :focus-within");
    const before = this.#board;
    this.#board = update(before, list, now, held, this.#tools.choice);
    if (this.#awaitsMore && !held) this.#board = choose(this.#board, this.#tools.choice);
    this.#awaitsMore = false;
    this.#tools.offer(
      this.#board.rows.map(({ page }) => siteOf(page)),
      this.#sites.site,
    );
    const isEmpty = this.#board.rows.length === 0;
    this.#state(this.#fault ? "broken" : isEmpty ? "empty" : "warm");
    if (before.orderedAt === this.#board.orderedAt) this.#show();
    else glide(this.#rows, () => this.#show());
  }

  /** Clears the list. @param {string} refusal */
  #refuse(refusal) {
    this.#receivedAt = performance.now();
    this.#board = EMPTY;
    this.#listed = this.#total = 0;
    this.#fault = refusal;
    this.#show();
    this.#state("refused");
  }

  /** @param {string | null} reason why pages of this origin are refused, if they are */
  #fail(reason) {
    const silence = formatSpan(performance.now() - this.#receivedAt);
    const known = this.#board.rows.length > 0 ? " The list shows the last known state." : "";
    this.#state("broken");
    // The numbers are stale now, as the text says and the paler rows show.
    this.#fault =
      reason ??
      `No answer from ${this.#broadcaster} for ${silence}; retrying automatically. ` +
        `Check that broadcaster is running.${known}`;
    this.#say();
  }

  /** @param {"loading" | "warm" | "empty" | "broken" | "refused"} state */
  #state(state) {
    this.node.className = `board ${state}`;
    this.#unlock.hidden = state !== "refused";
    this.#tag.node.hidden = state !== "empty";
    this.#tools.node.hidden = this.#board.rows.length === 0;
  }

  #showMarks() {
    const { order } = this.#tools.choice;
    for (const head of this.#heads) head.node.classList.toggle("chosen", head.order === order);
  }

  #show() {
    const all = this.#lines();
    const lines = all.slice(0, this.#room);
    this.#place(lines);
    for (const { entry, isMember } of lines) {
      const key = entryKey(entry);
      const isUnfolded = this.#unfolded.has(key);
      const shown = { time: this.#time, sites: this.#sites, isMember, isUnfolded };
      this.#views.get(key)?.fill(entry, shown);
    }
    const unlisted = Math.max(0, Math.min(this.#total, MAX_LISTED) - this.#listed);
    const left = all.length - lines.length + (this.#awaitsMore ? 0 : unlisted);
    this.#more.hidden = left <= 0 || lines.length < this.#room;
    setText(this.#more, `Show more (${formatCount(left)} left)`);
    this.#say();
  }

  /** What is to be said below the rows. */
  #say() {
    const { rows, entries } = this.#board;
    const { search, site, groups } = this.#tools.choice;
    const limits = this.#total > MAX_LISTED && this.#listed >= MAX_LISTED;
    const among = limits
      ? `the ${formatCount(MAX_LISTED)} warmest of ${formatCount(this.#total)} pages`
      : `${formatCount(rows.length)} warm pages`;
    setText(this.#notice, this.#noticeText(among));
    const found = entries.reduce((sum, it) => sum + (isGroup(it) ? it.members.length : 1), 0);
    const isPart = search.trim() !== "" || site !== null;
    const rowsOf = groups ? ` in ${formatCount(entries.length)} rows` : "";
    let foot = "";
    if (found > 0 && isPart) foot = `${formatCount(found)} of ${among}${rowsOf}`;
    else if (found > 0 && (groups || (limits && this.#more.hidden))) foot = among + rowsOf;
    setText(this.#foot, foot);
  }

  /** @param {string} among which pages */
  #noticeText(among) {
    const { rows, entries } = this.#board;
    if (this.#fault) return this.#fault;
    if (rows.length === 0) return EMPTY_LIST;
    if (entries.length > 0) return "";
    const search = this.#tools.choice.search.trim();
    const sought = search ? `No page's address contains “${search}”` : "No page of this site";
    return `${sought}, among ${among}. Escape clears the search.`;
  }

  /** @returns {Line[]} */
  #lines() {
    return this.#board.entries.flatMap((entry) => {
      const line = { entry, isMember: false };
      if (!isGroup(entry) || !this.#unfolded.has(entryKey(entry))) return [line];
      return [line, ...entry.members.map((member) => ({ entry: member, isMember: true }))];
    });
  }

  /** Creates, drops and moves rows; those that stay where they are are not touched. @param {Line[]} lines */
  #place(lines) {
    const before = this.#views;
    this.#views = new Map();
    for (const { entry } of lines) {
      const key = entryKey(entry);
      const unfolded = () => this.#fold(key);
      this.#views.set(key, before.get(key) ?? new BoardRow(entry, this.#thumbnails, unfolded));
    }
    for (const [key, view] of before) if (!this.#views.has(key)) view.release();
    let next = this.#rows.firstElementChild;
    for (const { node } of this.#views.values()) {
      // One that sank is taken out, and comes again at its place: otherwise all below it would be moved.
      if (next && next !== node && next.nextElementSibling === node) {
        next.remove();
        next = node;
      }
      if (next === node) next = node.nextElementSibling;
      else this.#rows.insertBefore(node, next);
    }
  }

  /** @param {string} key */
  #fold(key) {
    if (!this.#unfolded.delete(key)) this.#unfolded.add(key);
    this.#show();
  }
}

/** @param {HTMLElement | undefined} handle */
function focus(handle) {
  handle?.focus();
  return true;
}
