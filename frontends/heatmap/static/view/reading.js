/**
 * The place on the page whose values are read out: under the pointer, else the middle of the window, so that the
 * keys that scroll choose it, too.
 */

export class Reading {
  #stage;
  #ours;
  #changed;
  /** @type {{ x: number, y: number } | null} where in the window, CSS px; null if it is not on the page */
  #pointer = null;
  #frame = 0;

  /**
   * @param {import("./stage.js").Stage} stage
   * @param {Element} ours the overlay's element
   * @param {() => void} changed
   */
  constructor(stage, ours, changed) {
    this.#stage = stage;
    this.#ours = ours;
    this.#changed = changed;
  }

  /** Follows pointer and scrolling until `signal` aborts; before the host's seal. @param {AbortSignal} signal */
  start(signal) {
    const options = { capture: true, passive: true, signal };
    for (const type of ["pointermove", "pointerdown"]) addEventListener(type, this.#point, options);
    addEventListener("pointerout", (event) => event.relatedTarget ?? this.#move(null), options);
    addEventListener("scroll", this.#tell, options);
    signal.addEventListener("abort", () => cancelAnimationFrame(this.#frame));
  }

  /** Where it is now, px of what scrolls. @returns {{ y: number, pointed: boolean }} */
  get at() {
    this.#stage.follow();
    const { view, scale } = this.#stage;
    const pointed = this.#pointer && this.#stage.heightAt(this.#pointer.x, this.#pointer.y);
    if (pointed !== null) return { y: pointed, pointed: true };
    return { y: (view.top + view.bottom) / 2 / scale, pointed: false };
  }

  #point = (/** @type {any} */ { target, clientX, clientY }) =>
    this.#move(target === this.#ours ? null : { x: clientX, y: clientY });

  /** @param {{ x: number, y: number } | null} pointer */
  #move(pointer) {
    this.#pointer = pointer;
    this.#tell();
  }

  /** Once a frame: a pointer sends more. */
  #tell = () => {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#changed();
    });
  };
}
