/** Makes layers draw in different frames: drawing all of them may take longer than a frame. */
export class Turns {
  #taken = -1;

  /**
   * Takes the turn of the frame that began at `now`; false if another layer has it.
   *
   * @param {number} now from `requestAnimationFrame`: the same for all callbacks of a frame
   */
  take(now) {
    if (now === this.#taken) return false;
    this.#taken = now;
    return true;
  }
}
