/**
 * The delta form, in which the broadcaster sends us each state as its difference to the one before.
 * services/broadcaster/delta.py defines the encoding, and snapshots.py the meaning of the parts.
 *
 * @typedef {{ kind: number, numbers: number[], names: Map<number, string>, layers: Map<number, number>[] }} Snapshot
 *   A layer maps each cell to its count, if not 0.
 */

export const STATUS = 0;
export const BREAKDOWN = 1;
export const GRID = 2;

/** Per number: 63 bits, more than any value needs. */
const MAX_BYTES = 9;

const decoder = new TextDecoder();

/** Decodes the messages of one socket. */
export class Reader {
  /** @type {Map<number, Snapshot>} the newest of each kind */
  #last = new Map();

  /**
   * @param {ArrayBuffer} message
   * @returns {Snapshot}
   * @throws {RangeError} the message ends too early, has too long a number, or refers to a missing message
   */
  take(message) {
    const varints = new Varints(new Uint8Array(message));
    const first = varints.byte();
    const kind = first >> 1;
    const base = first & 1 ? this.#last.get(kind) : { numbers: [], names: new Map(), layers: [] };
    if (!base) throw new RangeError("The message that it refers to is missing.");
    const snapshot = {
      kind,
      numbers: varints.list((i) => (base.numbers[i] ?? 0) + varints.signed()),
      names: takeNames(varints, new Map(base.names)),
      layers: varints.list((i) => takeChanges(varints, new Map(base.layers[i]))),
    };
    this.#last.set(kind, snapshot);
    return snapshot;
  }
}

/** @param {Varints} varints @param {Map<number, string>} names */
function takeNames(varints, names) {
  varints.list(() => names.set(varints.next(), varints.text(varints.next())));
  return names;
}

/** @param {Varints} varints @param {Map<number, number>} layer */
function takeChanges(varints, layer) {
  varints.list(() => {
    const change = varints.signed();
    let cell = -1;
    varints.list(() => {
      cell += varints.next() + 1;
      const count = (layer.get(cell) ?? 0) + change;
      if (count) layer.set(cell, count);
      else layer.delete(cell);
    });
  });
  return layer;
}

class Varints {
  #bytes;
  #at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  byte() {
    if (this.#at >= this.#bytes.length) throw new RangeError("It ends too early.");
    return this.#bytes[this.#at++];
  }

  next() {
    let number = 0;
    // No bitwise operations, which have 32 bits: times need more.
    for (let i = 0; i < MAX_BYTES; i++) {
      const byte = this.byte();
      number += (byte & 127) * 128 ** i;
      if (byte < 128) return number;
    }
    throw new RangeError("A number is too long.");
  }

  signed() {
    const number = this.next();
    return number % 2 ? -(number + 1) / 2 : number / 2;
  }

  /** @template T @param {(index: number) => T} take @returns {T[]} */
  list(take) {
    const length = this.next();
    // A list has at most as many items as the message has bytes.
    if (length > this.#bytes.length) throw new RangeError("It ends too early.");
    const items = [];
    for (let index = 0; index < length; index++) items.push(take(index));
    return items;
  }

  /** @param {number} length in bytes */
  text(length) {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("It ends too early.");
    const text = decoder.decode(this.#bytes.subarray(this.#at, end));
    this.#at = end;
    return text;
  }
}
