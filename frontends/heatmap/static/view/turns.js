/** Has layers drawn in different frames: to draw them in one may take longer than a frame lasts. */
export class Turns {
  #taken = -1;

  /**
   * Takes the turn of the frame that began at `now`, if no other layer has.
   *
   * @param {number} now as `requestAnimationFrame` tells it: the same to all in a frame
   */
  take(now) {
    if (now === this.#taken) return false;
    this.#taken = now;
    return true;
  }
}
