/**
 * Why the broadcaster refuses this document's origin.
 *
 * Browsers hide it from `fetch`, as they hide all of an answer that a page may not read; a socket can be told.
 */

import { socketAddress } from "../core/address.js";
import { Messages } from "../core/message.js";
import { SUBPROTOCOL } from "./watch.js";

/** Time limit of the question, ms. */
const TIMEOUT_MS = 5000;

/**
 * @param {string} broadcaster origin
 * @returns {Promise<string | null>} null if it does not refuse the origin, or does not answer
 */
export function whyForeign(broadcaster) {
  return new Promise((done) => {
    let socket;
    try {
      socket = new WebSocket(socketAddress(broadcaster, "/", ""), [SUBPROTOCOL]);
    } catch {
      return done(null);
    }
    const asked = socket;
    const timer = setTimeout(() => asked.close(), TIMEOUT_MS);
    asked.onmessage = ({ data }) => {
      const message = typeof data === "string" ? new Messages().decode(data) : null;
      done(message?.kind === "refusal" && message.foreign ? message.text : null);
      asked.close();
    };
    asked.onclose = () => {
      clearTimeout(timer);
      done(null);
    };
  });
}
