/**
 * Sends frames to ingest: over a WebSocket, and by beacon at the end. Where sockets are blocked, posting.js is
 * loaded and takes their place.
 *
 * Unacknowledged frames are sent again with the same `seq` and new ages; group_by drops duplicates.
 *
 * @typedef {{acknowledged?: number[], refused?: string, seq?: number, every?: number}} Answer from ingest;
 *   `every` is how often to send, ms: at each step of the page's heat while somebody watches it
 */

import { base64 } from "./base64.js";
import { paced } from "./paced.js";
import { hasOverlay } from "./page.js";
import { encode } from "./queue.js";
import { quietly } from "./quietly.js";

const STEP_MS = 250; // of the window: what is sent more often shows nothing sooner
const SEND_MS = 2_000; // until ingest says otherwise: most pages are watched by nobody most of the time
const POST_MS = 1_000; // a request costs more than a message
const MAX_BUFFERED_BYTES = 65_536; // a connection with more is stuck: frames wait in the bounded queue
const RETRY_MS = 500; // the pause after a failure; doubles with each successive one …
const MAX_RETRY_MS = 30_000; // … up to this limit
const OPENING_MS = 5_000; // a connection that takes longer to open has failed
const BY_BEACON = 0; // a value of `via`; connections count from 1

/**
 * Sends the queue's frames under a new session name.
 * @param {URL} folder of ingest's script; ends with a slash
 * @param {import("./queue.js").Queue} queue
 * @param {number} sampleMs between two points of a movement
 * @param {() => unknown} mayGo whether what is queued may be sent already
 * @param {() => void} loadPosting loads posting.js
 */
export const makeSender = (folder, queue, sampleMs, mayGo, loadPosting) => {
  // About 128 random bits, in letters that a path and ingest accept.
  const session = base64(crypto.getRandomValues(new Uint8Array(16))).replace(/\W/g, "-");
  const beacon = new globalThis.URL("post", folder).href;
  /** @type {WebSocket | import("./posting.js").Poster | undefined} */
  let socket;
  let connection = 1; // unacknowledged frames of an earlier one are sent again
  let works = false; // this connection brought an acknowledgement
  /** @type {import("./posting.js").Post | undefined} once it is there */
  let post;
  let posts = false; // POST instead of a socket
  let failures = 0;
  let pausing = false;
  let unwelcome = false;
  let sendMs = SEND_MS;

  const dropUnwanted = () => {
    if (unwelcome || hasOverlay()) queue.clear();
  };

  const send = quietly(() => {
    if (!mayGo()) return;
    dropUnwanted();
    // Connect only when there is something to send: an unused tab costs ingest nothing.
    if (pausing || queue.isEmpty()) return;
    if (!socket) return connect();
    while (socket.readyState === 1 && socket.bufferedAmount < MAX_BUFFERED_BYTES) {
      const [frame] = queue.take(connection, 1);
      if (!frame) return;
      socket.send(encode(frame, session));
    }
  });

  /**
   * Sends in the next turn. A movement sends right after a point is sampled: a frame just before it would
   * leave that point waiting for the next frame.
   */
  const sendSoon = paced(() => sendMs, send, Math.min(sampleMs, STEP_MS) / 2);

  /**
   * Tries again later; the pause grows with each successive failure. Half of it is random, so that visitors do not
   * reconnect all at once.
   */
  const backOff = () => {
    if (pausing) return;
    pausing = true;
    setTimeout(
      () => {
        pausing = false;
        send();
      },
      Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** ++failures) * (0.5 + Math.random() / 2),
    );
  };

  /** @param {string} text */
  const request = (text) =>
    fetch(beacon, { method: "POST", body: text, credentials: "omit", keepalive: true });

  /** @param {Answer} answer */
  const hear = ({ acknowledged, refused = "", seq = -1, every }) => {
    if (every) {
      sendMs = every;
      return send();
    }
    if (acknowledged) {
      works = true;
      failures = 0;
    }
    if (refused === "origin") sender.stop();
    else if (!acknowledged && /^$|busy|rate/.test(refused)) {
      queue.putBack(seq);
      backOff();
    } else {
      // An invalid frame stays invalid; the next one may be valid.
      queue.drop(acknowledged || [seq]);
      // Frames over the limit of unacknowledged ones can go now.
      if (!queue.isEmpty()) sendSoon(true);
    }
  };

  const connect = () => {
    works = false;
    sendMs = posts ? POST_MS : SEND_MS;
    try {
      socket =
        (posts && post?.(request, hear)) ||
        // The session in the path lets a load balancer keep it on one instance.
        new WebSocket(
          new globalThis.URL(`../${session}`, folder).href.replace(/^http/, "ws"),
          "pageheat.v1",
        );
    } catch {
      return fail();
    }
    const it = socket;
    it.onopen = send;
    it.onmessage = quietly(({ data }) => hear(JSON.parse(data)));
    // A Content-Security-Policy that forbids the socket causes only an error.
    it.onerror = it.onclose = () => {
      if (it === socket) fail();
    };
    setTimeout(() => {
      if (!it.readyState) it.close();
    }, OPENING_MS);
  };

  /** Connects again: after a pause, but at once by POST if the socket brought nothing. */
  const fail = () => {
    disconnect();
    if (!works) {
      posts = Boolean(post) && !posts;
      if (posts) return connect();
      if (!post) loadPosting();
    }
    backOff();
  };

  /** Some browsers keep no page in their back/forward cache that has an open connection. */
  const disconnect = () => {
    const it = socket;
    socket = undefined;
    connection++;
    it?.close();
  };

  const sender = {
    send,
    sendSoon,

    /** Sends a click: at once, but in a crowd, which is told to send less often than others, in its turn. */
    sendClick: () => (sendMs > SEND_MS ? sendSoon : send)(),

    disconnect,

    /** Sends every unacknowledged frame: a page that is left or hidden may never run again. */
    sendLast() {
      dropUnwanted();
      for (const frame of queue.take(BY_BEACON)) {
        const text = encode(frame, session);
        if (!navigator.sendBeacon?.(beacon, text)) request(text).catch(() => {});
      }
    },

    /** Can post, and does so next if the last socket brought nothing. @param {import("./posting.js").Post} by */
    postBy(by) {
      post = by;
      posts = !(works || socket);
    },

    /** Sends nothing more, until the document ends. */
    stop() {
      unwelcome = true;
      disconnect();
    },
  };
  return sender;
};
