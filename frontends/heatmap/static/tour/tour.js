/**
 * The tour of the demo shop for a first visit: offered once, skipped by one key, begun again at any time.
 *
 * Loaded by the overlay on pages that say `<meta name="pageheat-tour">`.
 */

import { element, icon, setText, styleSheet } from "../view/element.js";
import { STEPS } from "./steps.js";

/** In the storage of the heat map's origin: that it was offered. */
const KEY = "pageheat-tour";

const OFFER = {
  title: "New here?",
  text: "A tour of two minutes: what is live, any time, some visitors, what changed, all pages.",
};

/** How long a step waits for what it is about, which may still be loading, ms. */
const WAIT_MS = 4_000;

const CLOSE = "M4 4l8 8M12 4l-8 8";

/**
 * @param {HTMLElement} ours what contains all our parts
 * @param {AbortSignal} signal ends it
 */
export function offerTour(ours, signal) {
  if (wasOffered()) return;
  const tour = new Tour(ours);
  signal.addEventListener("abort", () => tour.end());
}

class Tour {
  #ours;
  /** -1 while it is offered. */
  #step = -1;
  /** @type {Element | null} */
  #at = null;
  #title = element("h2", { id: "pageheat-tour-title" });
  #text = element("p", { id: "pageheat-tour-text" });
  #dots = element("span", { class: "dots", "aria-hidden": "true" });
  #back = element("button", { type: "button", onclick: () => this.#go(this.#step - 1) }, "Back");
  #next = element("button", {
    type: "button",
    class: "next",
    onclick: () => this.#go(this.#step + 1),
  });
  #skip = element("button", { type: "button", onclick: () => this.end() });
  node;

  /** @param {HTMLElement} ours */
  constructor(ours) {
    this.#ours = ours;
    const label = "Close the tour";
    const onclick = () => this.end();
    this.node = element(
      "section",
      {
        class: "tour",
        role: "dialog",
        "aria-labelledby": "pageheat-tour-title",
        "aria-describedby": "pageheat-tour-text",
        tabindex: -1,
      },
      element(
        "header",
        {},
        this.#title,
        element(
          "button",
          { type: "button", class: "icon", "aria-label": label, title: label, onclick },
          icon(CLOSE),
        ),
      ),
      this.#text,
      element("footer", {}, this.#dots, this.#skip, this.#back, this.#next),
    );
    this.node.addEventListener("keydown", (event) => this.#press(event));
    this.node.hidden = true;
    const sheet = styleSheet("tour.css");
    // Without its style sheet it would lie across the page.
    sheet.addEventListener("load", () => {
      this.node.hidden = false;
    });
    ours.append(sheet, this.node);
    this.#show();
  }

  /** Ends it, for good. */
  end() {
    this.#point(null);
    this.node.remove();
    remember();
  }

  /** @param {KeyboardEvent} event */
  #press({ key }) {
    if (key === "Escape") this.end();
    else if (key === "ArrowRight") this.#go(this.#step + 1);
    else if (key === "ArrowLeft" && this.#step > 0) this.#go(this.#step - 1);
  }

  /** @param {number} step */
  async #go(step) {
    if (step >= STEPS.length) return this.end();
    this.#step = step;
    remember();
    this.#show();
    const { at, act } = STEPS[step];
    const part = (/** @type {string} */ selector) =>
      /** @type {HTMLElement | null} */ (this.#ours.querySelector(selector));
    act?.(part);
    // What was opened may have taken the focus.
    this.#next.focus({ preventScroll: true });
    const found = await appeared(() => part(at));
    if (this.#step !== step || !this.node.isConnected) return;
    if (found) act?.(part);
    this.#point(found);
    this.#next.focus({ preventScroll: true });
  }

  #show() {
    const step = STEPS[this.#step];
    const isLast = this.#step === STEPS.length - 1;
    const { title, text } = step ?? OFFER;
    setText(this.#title, title);
    setText(this.#text, text);
    setText(this.#next, step ? (isLast ? "Done" : "Next") : "Start the tour");
    setText(this.#skip, step ? "Skip" : "No, thanks");
    this.#skip.hidden = isLast;
    this.#back.hidden = this.#step < 1;
    this.#dots.replaceChildren(
      ...(step ? STEPS : []).map((each) => element("i", { class: each === step ? "here" : "" })),
    );
    this.#next.setAttribute(
      "aria-label",
      step && !isLast
        ? `Next, ${this.#step + 1} of ${STEPS.length}`
        : (this.#next.textContent ?? ""),
    );
  }

  /** @param {Element | null} part */
  #point(part) {
    this.#at?.classList.remove("toured");
    this.#at = part;
    part?.classList.add("toured");
  }
}

/**
 * What is found, as soon as it is there and seen; null if it does not come.
 *
 * @param {() => HTMLElement | null} find
 * @returns {Promise<HTMLElement | null>}
 */
async function appeared(find) {
  const until = performance.now() + WAIT_MS;
  while (performance.now() < until) {
    const found = find();
    if (found && !found.hidden) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
  return null;
}

function wasOffered() {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    // Where nothing can be remembered, it would be offered on each page.
    return true;
  }
}

function remember() {
  try {
    localStorage.setItem(KEY, "offered");
  } catch {
    // Forbidden or full.
  }
}
