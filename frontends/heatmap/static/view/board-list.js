/** The board of warm pages, one row per page or group of pages, for the list page and the drawer. */

import { choose, EMPTY, update } from "../core/board.js";
import { boardText } from "../core/board-text.js";
import { formatCount, formatSpan } from "../core/format.js";
import { siteOf } from "../core/site.js";
import { NUMBERS } from "./board-row.js";
import { BoardRows } from "./board-rows.js";
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

/** Rows at first, and more each time that a reader comes to the end. */
const ROWS = 100;

export class BoardList {
  #broadcaster;
  #board = EMPTY;
  #room = ROWS;
  #rows;
  #notice = element("p", { class: "notice", role: "status" }, "Looking for warm pages…");
  #unlock = unlockForm();
  #tag = new TagToCopy();
  #more = element("button", {
    type: "button",
    class: "more",
    hidden: true,
    onclick: () => this.#showMore(),
  });
  /** Sees the button, and so the end of the list, come into view. */
  #end = new IntersectionObserver((entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting)) this.#showMore();
  });
  #foot = element("p", { class: "foot" });
  #tools;
  #heads;
  #feed;
  #receivedAt = 0;
  /** Of the newest list. */
  #time = 0;
  #listed = 0;
  /** Why the list is not up to date; "" if it is. */
  #fault = "";
  #total = 0;
  /** Rows. */
  #shown = 0;
  /** Whether pages were asked for that are yet to be sorted in. */
  #awaitsMore = false;
  /**
   * Until the settings are loaded, pages of other sites have no link.
   *
   * @type {Pick<import("../core/site.js").Settings, "frontends"> & { site?: string }}
   */
  #sites = { frontends: { "": new globalThis.URL(SETTINGS).origin } };

  /**
   * @param {string} broadcaster origin
   * @param {{ width: number, height: number }} thumbnailBox px
   */
  constructor(broadcaster, thumbnailBox) {
    this.#broadcaster = broadcaster;
    const thumbnails = new Thumbnails(broadcaster, thumbnailBox);
    this.#rows = new BoardRows(thumbnails, () => this.#show());
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
      this.#rows.node,
      this.#more,
      this.#notice,
      this.#unlock,
      this.#tag.node,
      this.#foot,
    );
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
  #move(event) {
    const { key, target, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (altKey || ctrlKey || metaKey || shiftKey) return false;
    if (this.#tools.isSearch(target)) return key === "ArrowDown" && this.#rows.enter();
    return this.#rows.press(event, () => this.#tools.focus());
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
    const held = this.#rows.isHeld;
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
    else glide(this.#rows.node, () => this.#show());
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
    const at = { time: this.#time, sites: this.#sites };
    const { shown, all } = this.#rows.show(this.#board.entries, this.#room, at);
    const unlisted = Math.max(0, Math.min(this.#total, MAX_LISTED) - this.#listed);
    const left = all - shown + (this.#awaitsMore ? 0 : unlisted);
    this.#more.hidden = left <= 0 || shown < this.#room;
    if (shown !== this.#shown) {
      // The button may have left the view and come back within a frame, of which an observer says nothing.
      this.#shown = shown;
      this.#end.disconnect();
      this.#end.observe(this.#more);
    }
    setText(this.#more, `Show more (${formatCount(left)} left)`);
    this.#say();
  }

  /** Says what is to be said below the rows. */
  #say() {
    const { notice, foot } = boardText({
      board: this.#board,
      choice: this.#tools.choice,
      total: this.#total,
      limit: this.#total > MAX_LISTED && this.#listed >= MAX_LISTED ? MAX_LISTED : null,
      hasMore: !this.#more.hidden,
    });
    setText(this.#notice, this.#fault || notice);
    setText(this.#foot, foot);
  }
}
