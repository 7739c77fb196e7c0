/** A work queue with limited concurrency that keeps the newest work of each key. */

export class Queue {
  #atOnce;
  #running = 0;
  /** @type {Map<unknown, () => Promise<unknown>>} */
  #waiting = new Map();

  /** @param {number} atOnce */
  constructor(atOnce) {
    this.#atOnce = atOnce;
  }

  /**
   * Runs `work` when a slot is free. It replaces waiting work of the same key.
   *
   * @param {unknown} key
   * @param {() => Promise<unknown>} work handles its own failures
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
