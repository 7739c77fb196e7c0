/**
 * Notes at a time, "new header": marks on the sparkline, and a part in which they are listed, added and removed.
 *
 * All who look at the page see them: the history keeps them.
 *
 * @typedef {{ id: string, time: number, text: string, site: boolean }} Note as the history answers it
 * @typedef {import("./window.js").Window} Window
 * @typedef {import("./ranges.js").Range} Range
 */

import { historyAddress } from "../core/address.js";
import { toJson } from "../core/json.js";
import { element, setText } from "../view/element.js";
import { request } from "../view/request.js";
import { floor } from "./ranges.js";
import { formatMoment, inputValue, timeOfInput } from "./times.js";
import { Told } from "./told.js";
import { shareOf } from "./window.js";

/** The history's own limit. */
const MAX_CHARS = 100;

const NONE =
  "No notes here yet. A note says what happened at a time, to all who look at this page.";

export class Notes {
  #history;
  #told;
  #opened;
  #page = "";
  /** @type {Window} */
  #window = { from: 0, to: 1 };
  /** @type {Range | null} */
  #range = null;
  #list = element("ul");
  #none = element("p", { class: "none" }, NONE);
  #when = element("input", { type: "datetime-local", step: 60, required: true });
  #text = element("input", {
    type: "text",
    maxlength: MAX_CHARS,
    required: true,
    placeholder: "New header",
    autocomplete: "off",
  });
  #site = element("input", { type: "checkbox" });
  #wrong = element("p", { class: "wrong", role: "status" });
  /** What lies on the sparkline. */
  marks = element("div", { class: "marks" });
  /** The part that is opened. */
  node;

  /**
   * @param {string} history origin
   * @param {() => void} changed called when there are others
   * @param {() => void} opened called when a mark is pressed, to open the part
   */
  constructor(history, changed, opened) {
    this.#history = history;
    this.#opened = opened;
    this.#told = new Told(history, "notes", () => {
      this.#show();
      changed();
    });
    this.node = element(
      "section",
      { class: "menu notebook", role: "group", "aria-label": "Notes", hidden: true },
      this.#list,
      this.#none,
      element(
        "form",
        {
          onsubmit: (event) => {
            event.preventDefault();
            this.#add();
          },
        },
        element("label", {}, element("span", {}, "When"), this.#when),
        element("label", { class: "text" }, element("span", {}, "Note"), this.#text),
        element("label", { class: "all" }, this.#site, "On all pages"),
        element("button", {}, "Add"),
      ),
      this.#wrong,
    );
  }

  get count() {
    return this.#notes.length;
  }

  /**
   * @param {string} page
   * @param {Window} window what the sparkline shows
   * @param {Range | null} range
   */
  show(page, window, range) {
    const isOther = page !== this.#page || range?.from !== this.#range?.from;
    this.#page = page;
    this.#window = window;
    this.#range = range;
    const [from, to] = [floor(window.from), floor(window.to) + 60_000].map(String);
    if (this.#history) this.#told.show(page, { from, to });
    if (isOther) this.#when.value = inputValue(range?.from ?? Date.now());
    this.#when.max = inputValue(Date.now());
    this.#show();
  }

  stop() {
    this.#told.stop();
  }

  /** @returns {Note[]} */
  get #notes() {
    return this.#told.json ?? [];
  }

  #show() {
    const [now, window] = [Date.now(), this.#window];
    const inside = this.#notes.filter(({ time }) => time >= window.from && time < window.to);
    const key = `${window.from} ${window.to} ${inside.map(({ id }) => id).join(" ")}`;
    // Unchanged marks keep the focus.
    if (this.marks.dataset.of === key) return;
    this.marks.dataset.of = key;
    this.marks.replaceChildren(...inside.map((note) => this.#mark(note, now)));
    this.#list.replaceChildren(...inside.map((note) => this.#item(note, now)));
    this.#none.hidden = inside.length > 0;
  }

  /** @param {Note} note @param {number} now */
  #mark({ time, text }, now) {
    const said = `${formatMoment(time, now)}: ${text}`;
    const mark = element(
      "button",
      { type: "button", class: "mark", "aria-label": `Note, ${said}`, onclick: this.#opened },
      element("span", {}, said),
    );
    const place = shareOf(this.#window, time);
    mark.style.left = `${100 * place}%`;
    mark.dataset.side = place > 0.5 ? "left" : "right";
    return mark;
  }

  /** @param {Note} note @param {number} now */
  #item(note, now) {
    const onclick = () => this.#remove(note);
    const label = `Remove the note “${note.text}”`;
    return element(
      "li",
      {},
      element("span", { class: "when" }, formatMoment(note.time, now)),
      element("b", {}, note.text),
      element("span", { class: "of" }, note.site ? "all pages" : ""),
      element("button", { type: "button", "aria-label": label, title: label, onclick }, "Remove"),
    );
  }

  async #add() {
    const [time, text] = [timeOfInput(this.#when.value), this.#text.value.trim()];
    const body = toJson({ time, text, site: this.#site.checked });
    if (!(await this.#write("POST", {}, body))) return;
    // Somebody may be writing the next one already.
    if (this.#text.value.trim() === text) this.#text.value = "";
    this.#text.focus();
  }

  /** @param {Note} note */
  async #remove({ id, site }) {
    await this.#write("DELETE", { id, site: String(site) }, null);
  }

  /**
   * @param {string} method
   * @param {Record<string, string>} parameters
   * @param {string | null} body
   * @returns {Promise<boolean>} whether it was done
   */
  async #write(method, parameters, body) {
    const address = historyAddress(this.#history, "notes", this.#page, parameters);
    let wrong = "";
    try {
      const answer = await request(address, { method, body });
      if (!answer.ok) wrong = String((await answer.json()).error);
    } catch {
      wrong = "The history does not answer: nothing was changed.";
    }
    setText(this.#wrong, wrong);
    if (!wrong) this.#told.again();
    return wrong === "";
  }
}
