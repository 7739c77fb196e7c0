/**
 * Detects when the page's elements may have moved, appeared or disappeared.
 *
 * It calls `look` at most once a frame, and not while nothing happens. The browser reports scrolling, resizing
 * and mutations before the frame that shows them. While a script or animation moves something, every frame
 * is checked.
 */

/** Minimum interval of element lookups, ms: a lookup costs more than measuring. */
const FIND_MS = 250;

/** Time for a transition or animation to start moving something, ms. */
const BEGIN_MS = 1000;

/** Events that may move or show something at once: pointer and focus open menus with CSS alone. */
const MOVING = [
  "scroll",
  "resize",
  "load",
  "toggle",
  "pointerover",
  "focusin",
  "focusout",
  "transitionend",
  "transitioncancel",
  "animationend",
  "animationcancel",
];

const BEGINNING = ["transitionrun", "transitionstart", "animationstart"];

export class PageChanges {
  #look;
  #frame = 0;
  #timer = 0;
  #rebuilt = false;
  #foundAt = Number.NEGATIVE_INFINITY;
  #watchUntil = 0;
  #ending = new AbortController();
  #sizes = new ResizeObserver(() => this.#lookNow(performance.now()));
  #mutations = new MutationObserver(() => this.rebuilt());
  /** @type {Set<Element>} */
  #sized = new Set();

  /**
   * @param {(find: boolean) => boolean} look `find`: look up the elements again; returns whether anything
   *   has moved
   */
  constructor(look) {
    this.#look = look;
    const options = { capture: true, passive: true, signal: this.#ending.signal };
    for (const type of MOVING) addEventListener(type, () => this.moved(), options);
    for (const type of BEGINNING) {
      addEventListener(type, () => this.#watch(performance.now() + BEGIN_MS), options);
    }
    // Our own changes are in a shadow tree, which it does not observe.
    this.#mutations.observe(document.documentElement, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
  }

  /** Something may have moved. */
  moved() {
    this.#frame ||= requestAnimationFrame((now) => this.#lookNow(now));
  }

  /** Elements may have appeared or disappeared. */
  rebuilt() {
    this.#rebuilt = true;
    this.moved();
  }

  /** Sets the elements whose sizes to observe. @param {Element[]} elements */
  observeSizes(elements) {
    const wanted = new Set(elements);
    for (const element of this.#sized) if (!wanted.has(element)) this.#sizes.unobserve(element);
    for (const element of wanted) if (!this.#sized.has(element)) this.#sizes.observe(element);
    this.#sized = wanted;
  }

  stop() {
    this.#ending.abort();
    this.#sizes.disconnect();
    this.#mutations.disconnect();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
  }

  /** @param {number} until ms on the clock of performance.now() */
  #watch(until) {
    this.#watchUntil = Math.max(this.#watchUntil, until);
    this.moved();
  }

  /** @param {number} now */
  #lookNow(now) {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const wait = this.#foundAt + FIND_MS - now;
    const find = this.#rebuilt && wait <= 0;
    if (find) {
      this.#rebuilt = false;
      this.#foundAt = now;
    } else if (this.#rebuilt) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.moved(), wait);
    }
    if (this.#look(find) || now < this.#watchUntil) this.moved();
  }
}
