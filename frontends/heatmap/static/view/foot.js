/**
 * The foot of the page: a small control that opens the strip of time, which is loaded then.
 *
 * While the strip is folded, the control says what is shown.
 *
 * @typedef {import("../time/strip.js").Strip} Strip
 * @typedef {import("../time/strip.js").Context} Context
 */

import { element, icon, setText } from "./element.js";
import { hasFocus } from "./focus.js";
import { loadTime } from "./preferences.js";

const CLOCK = "M8 2.2a5.8 5.8 0 1 0 .01 0M8 4.8V8l2.2 1.6";

/** What the control says while the live heat is shown. */
const LIVE = "Live";

const FAILED = "The strip of time could not be loaded; try again";

export class Foot {
  /** @type {Strip | null} */
  strip = null;
  #context;
  #closed = false;
  /** @type {Promise<Strip | null> | null} */
  #loading = null;
  #text = element("span", {}, LIVE);
  #button = element(
    "button",
    { type: "button", class: "time", "aria-expanded": "false", onclick: () => this.open(true) },
    icon(CLOCK),
    this.#text,
  );
  node = element("div", { class: "foot" }, this.#button);

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.update(null);
  }

  /** Opens what was open on the visit's last page. */
  resume() {
    const { range, open } = loadTime();
    if (open) this.open(false);
    else if (range) this.load();
  }

  /** @param {boolean} entered whether the analyst has pressed the control, and the focus follows */
  async open(entered) {
    const follows = entered && hasFocus(this.node);
    (await this.load())?.open(follows);
  }

  /** @returns {Promise<Strip | null>} null if it can't be loaded now */
  load() {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load() {
    try {
      const { Strip } = await import("../time/strip.js");
      if (this.#closed) return null;
      this.strip = new Strip(this.#context, () => this.#button.focus());
      this.node.append(...this.strip.nodes);
    } catch {
      this.#button.title = FAILED;
      setText(this.#text, "Not loaded");
      this.#loading = null;
    }
    return this.strip;
  }

  /** @param {string | null} label what is shown; null for the live heat */
  update(label) {
    const text = label ?? LIVE;
    const isOpen = Boolean(this.strip?.isOpen);
    setText(this.#text, text);
    this.#button.title = `Time: ${text}. Show another range`;
    this.#button.setAttribute("aria-label", this.#button.title);
    this.#button.setAttribute("aria-expanded", String(isOpen));
    this.#button.hidden = isOpen;
    this.#button.dataset.past = String(label !== null);
  }

  close() {
    this.#closed = true;
    this.strip?.stop();
  }
}
