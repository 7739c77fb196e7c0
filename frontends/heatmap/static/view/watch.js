/** Drives the connection's state machine with a real WebSocket and real time. */

import { socketAddress } from "../core/address.js";
import { connect, reduce, wakeAt } from "../core/connection.js";
import { Messages } from "../core/message.js";
import { token, tokenChanges } from "./token.js";

/** With it the broadcaster also sends statuses and breakdowns, and everything in the delta form. */
export const SUBPROTOCOL = "pageheat.v1";

/** Browsers cannot set a WebSocket's headers: the token is offered as another subprotocol. */
const TOKEN_PROTOCOL = "pageheat.token.";

export class Watch {
  #broadcaster;
  #changed;
  /** @type {WebSocket | null} */
  #socket = null;
  #socketAttempt = 0;
  #timer = 0;

  /**
   * @param {string} broadcaster origin
   * @param {string} page key
   * @param {string} band the width band whose tiles are requested, "" for none
   * @param {() => void} changed called after each change of `connection`
   */
  constructor(broadcaster, page, band, changed) {
    this.#broadcaster = broadcaster;
    this.#changed = changed;
    this.connection = connect(page, band, performance.now());
    this.#follow();
    addEventListener("online", this.#retry);
    tokenChanges.addEventListener("change", this.#retry);
  }

  /** @param {string} page @param {string} band */
  watch(page, band) {
    this.#send({ type: "watch", now: performance.now(), page, band });
  }

  close() {
    removeEventListener("online", this.#retry);
    tokenChanges.removeEventListener("change", this.#retry);
    clearTimeout(this.#timer);
    this.#drop();
  }

  #retry = () => this.#send({ type: "retry", now: performance.now() });

  /** @param {import("../core/connection.js").ConnectionEvent} event */
  #send(event) {
    const before = this.connection;
    this.connection = reduce(before, event);
    this.#follow();
    if (this.connection !== before) this.#changed();
  }

  /** Makes socket and timer match the state. */
  #follow() {
    const { phase, attempt } = this.connection;
    clearTimeout(this.#timer);
    if (phase === "refused") return this.#drop();
    if (phase === "waiting") this.#drop();
    else if (attempt !== this.#socketAttempt && !this.#open(attempt)) return;
    const wait = Math.max(0, wakeAt(this.connection) - performance.now());
    this.#timer = setTimeout(() => {
      this.#send({ type: "tick", now: performance.now(), chance: Math.random() });
    }, wait);
  }

  /** @param {number} attempt @returns {boolean} whether the browser started to connect */
  #open(attempt) {
    this.#drop();
    this.#socketAttempt = attempt;
    const { page, band } = this.connection;
    const closed = () => {
      this.#send({ type: "closed", now: performance.now(), chance: Math.random() });
    };
    const offered = token() ? [SUBPROTOCOL, TOKEN_PROTOCOL + token()] : [SUBPROTOCOL];
    let socket;
    try {
      socket = new WebSocket(socketAddress(this.#broadcaster, page, band), offered);
    } catch {
      // Some browsers throw at once for connections that an https: page may not make.
      this.#timer = setTimeout(closed);
      return false;
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    const messages = new Messages();
    socket.onopen = () => this.#send({ type: "opened", now: performance.now() });
    socket.onmessage = ({ data }) => {
      let message;
      try {
        message = messages.decode(data);
      } catch {
        // Later messages would refer to it: start over with a new socket.
        return closed();
      }
      if (message) this.#send({ type: "received", now: performance.now(), message });
    };
    socket.onclose = closed;
    return true;
  }

  #drop() {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
