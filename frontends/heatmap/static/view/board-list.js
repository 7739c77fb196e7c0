/**
 * The board of warm pages, one row per page, for the list page and the drawer.
 *
 * Paths come from visitors and are untrusted: they are set as text and as parts of a URL, never as markup.
 */

import { readable } from "../core/address.js";
import { EMPTY, update } from "../core/board.js";
import { formatAge, formatCount, formatSpan } from "../core/format.js";
import { visitAddress } from "../core/site.js";
import { element, setText } from "./element.js";
import { Feed } from "./feed.js";
import { loadSettings, SETTINGS } from "./front-end.js";
import { KAFKA_AWAY } from "./state-text.js";
import { TagToCopy } from "./tag-to-copy.js";
import { Thumbnails } from "./thumbnails.js";
import { unlockForm } from "./unlock.js";

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

const EMPTY_LIST =
  "No page is warm. Open the site and move the pointer: the page appears here within a second.";

/** Duration of a row's move to its new place, ms. */
const GLIDE_MS = 450;

const NUMBERS = /** @type {const} */ (["visitors", "moves", "clicks"]);

/**
 * @typedef {{
 *   node: HTMLElement, link: HTMLAnchorElement, thumbnail: HTMLCanvasElement, newest: HTMLElement,
 *   numbers: Record<(typeof NUMBERS)[number], [count: HTMLElement, unit: HTMLElement]>,
 * }} RowView
 */

export class BoardList {
  #broadcaster;
  #board = EMPTY;
  /** @type {Map<string, RowView>} */
  #views = new Map();
  #rows = element("ol");
  #notice = element("p", { class: "notice", role: "status" }, "Looking for warm pages…");
  #unlock = unlockForm();
  #tag = new TagToCopy();
  #foot = element("p", { class: "foot" });
  #thumbnails;
  #feed;
  #receivedAt = 0;
  /**
   * Until the settings are loaded, pages of other sites have no link.
   *
   * @type {Pick<import("../core/site.js").Settings, "frontends">}
   */
  #sites = { frontends: { "": new URL(SETTINGS).origin } };

  /**
   * @param {string} broadcaster origin
   * @param {{ width: number, height: number }} thumbnailBox px
   */
  constructor(broadcaster, thumbnailBox) {
    this.#broadcaster = broadcaster;
    this.#thumbnails = new Thumbnails(broadcaster, thumbnailBox);
    this.#feed = new Feed(
      broadcaster,
      (list) => this.#receive(list),
      (refusal) => this.#refuse(refusal),
      (reason) => this.#fail(reason),
    );
    const head = ["page", ...NUMBERS, "newest"].map((name) =>
      element("span", { class: name }, name),
    );
    this.node = element(
      "div",
      {},
      element("div", { class: "head", "aria-hidden": "true" }, element("span"), ...head),
      this.#rows,
      this.#notice,
      this.#unlock,
      this.#tag.node,
      this.#foot,
    );
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

  /** @param {import("./feed.js").List} list */
  #receive(list) {
    const now = performance.now();
    this.#receivedAt = now;
    const held = this.#rows.matches(":hover, :focus-within");
    this.#board = update(this.#board, list.pages, now, held);
    const isEmpty = this.#board.rows.length === 0;
    this.#state(list.kafka ? "broken" : isEmpty ? "empty" : "warm");
    this.#show(list.time);
    setText(this.#notice, list.kafka ? KAFKA_AWAY : isEmpty ? EMPTY_LIST : "");
    const more = list.total - list.pages.length;
    setText(this.#foot, more > 0 ? `and ${formatCount(more)} more` : "");
  }

  /** Clears the list. @param {string} refusal */
  #refuse(refusal) {
    this.#receivedAt = performance.now();
    this.#board = EMPTY;
    this.#show(0);
    this.#state("refused");
    setText(this.#notice, refusal);
    setText(this.#foot, "");
  }

  /** @param {string | null} reason why pages of this origin are refused, if they are */
  #fail(reason) {
    const silence = formatSpan(performance.now() - this.#receivedAt);
    const known = this.#board.rows.length > 0 ? " The list shows the last known state." : "";
    this.#state("broken");
    // The numbers are stale now, as the text says and the paler rows show.
    setText(
      this.#notice,
      reason ??
        `No answer from ${this.#broadcaster} for ${silence}; retrying automatically. ` +
          `Check that broadcaster is running.${known}`,
    );
  }

  /** @param {"loading" | "warm" | "empty" | "broken" | "refused"} state */
  #state(state) {
    this.node.className = `board ${state}`;
    this.#unlock.hidden = state !== "refused";
    this.#tag.node.hidden = state !== "empty";
  }

  /** @param {number} time of the broadcaster, ms since the epoch */
  #show(time) {
    const before = this.#places();
    const gone = new Set(this.#views.keys());
    for (const [place, row] of this.#board.rows.entries()) {
      gone.delete(row.page);
      const view = this.#views.get(row.page) ?? this.#create(row.page);
      if (this.#rows.children[place] !== view.node) {
        this.#rows.insertBefore(view.node, this.#rows.children[place] ?? null);
      }
      this.#fill(view, row, time);
    }
    for (const page of gone) this.#drop(page);
    this.#glide(before);
  }

  /** @param {RowView} view @param {import("../core/board.js").Row} row @param {number} time */
  #fill(view, row, time) {
    view.node.classList.toggle("cooled", row.cooled);
    const href = visitAddress(row.page, this.#sites);
    if (href !== null && view.link.href !== href) view.link.href = href;
    for (const name of NUMBERS) {
      const [count, unit] = view.numbers[name];
      setText(count, formatCount(row[name]));
      setText(unit, row[name] === 1 ? ` ${name.slice(0, -1)}` : ` ${name}`);
    }
    const age = row.newest === null ? "" : formatAge(time - row.newest);
    setText(view.newest, row.cooled ? "cooled" : age);
    this.#thumbnails.update(view.thumbnail, row);
  }

  /** @param {string} page @returns {RowView} */
  #create(page) {
    const thumbnail = this.#thumbnails.create(page);
    const number = () => /** @type {[HTMLElement, HTMLElement]} */ ([element("b"), element("i")]);
    const numbers = { visitors: number(), moves: number(), clicks: number() };
    const newest = element("span", { class: "newest" });
    const link = element(
      "a",
      { class: "row" },
      element("span", { class: "sheet" }, thumbnail),
      element("span", { class: "page", title: readable(page) }, readable(page)),
      ...NUMBERS.map((name) => element("span", { class: `number ${name}` }, ...numbers[name])),
      newest,
    );
    const view = { node: element("li", {}, link), link, thumbnail, numbers, newest };
    this.#views.set(page, view);
    return view;
  }

  /** @param {string} page */
  #drop(page) {
    const view = this.#views.get(page);
    if (!view) return;
    this.#thumbnails.release(view.thumbnail);
    view.node.remove();
    this.#views.delete(page);
  }

  #places() {
    const places = new Map();
    for (const { node } of this.#views.values()) places.set(node, node.offsetTop);
    return places;
  }

  /**
   * Animates moved rows from their old places.
   *
   * @param {Map<HTMLElement, number>} before
   */
  #glide(before) {
    if (stillness.matches) return;
    for (const { node } of this.#views.values()) {
      const from = before.get(node);
      if (from === undefined || from === node.offsetTop) continue;
      node.animate(
        { transform: [`translateY(${from - node.offsetTop}px)`, "none"] },
        { duration: GLIDE_MS, easing: "cubic-bezier(.2, .7, .2, 1)" },
      );
    }
  }
}
