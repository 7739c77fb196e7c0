/** Work that waits its turn, a few pieces at a time, the newest for each key. */

export class Queue {
  #atOnce;
  #running = 0;
  /** @type {Map<string, () => Promise<unknown>>} */
  #waiting = new Map();

  /** @param {number} atOnce */
  constructor(atOnce) {
    this.#atOnce = atOnce;
  }

  /**
   * Does `work` when there is room. Work of the same key that still waits is replaced.
   *
   * @param {string} key
   * @param {() => Promise<unknown>} work answers for its own failures
   */
  add(key, work) {
    this.#waiting.set(key, work);
    this.#next();
  }

  #next() {
    for (const [key, work] of this.#waiting) {
      if (this.#running >= this.#atOnce) return;
      this.#waiting.delete(key);
      this.#running++;
      work().finally(() => {
        this.#running--;
        this.#next();
      });
    }
  }
}
