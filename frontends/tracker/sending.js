/**
 * How frames get to ingest: over a WebSocket, by posts where sockets don't get through, by beacon at
 * the end.
 */

import { paced, quietly } from "./calls.js";
import { hasOverlay } from "./page.js";
import { encode } from "./queue.js";

const FLUSH_MS = 250; // the window's step: what is sent more often is not seen sooner
const POST_MS = 1_000; // a request costs more than a message
const MAX_BUFFERED_BYTES = 65_536; // a socket that holds so much is stuck: wait where it's bounded
const RETRY_MS = 500; // the pause after a lost connection: doubles with each failure …
const MAX_RETRY_MS = 30_000; // … up to this
const STEADY_MS = 5_000; // a connection that takes longer to open or lasts shorter has failed

/** Half of it random, so that visitors don't come back all at once. @param {number} failures */
const retryDelay = (failures) =>
  Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** failures) * (0.5 + Math.random() / 2);

/**
 * Sends what the queue holds, as a session of a new name.
 * @param {URL} ingest ends with a slash
 * @param {import("./queue.js").Queue} queue
 */
export const makeSender = (ingest, queue) => {
  // Some 128 random bits, in letters that a path and ingest take.
  const session = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)))).replace(
    /\W/g,
    "-",
  );
  const beacon = new URL("_pageheat/beacon", ingest).href;
  /** @type {WebSocket | undefined} */
  let socket;
  let posts = false; // instead of sockets, for as long as the document lives
  let failures = 0;
  let pausing = false;
  let unwelcome = false;

  const dropUnwanted = () => {
    if (unwelcome || hasOverlay()) queue.takeAll();
  };

  const send = quietly(() => {
    // The overlay's tag is at the end of the body: until that has been read, everything waits.
    if (document.readyState === "loading") return;
    dropUnwanted();
    // Only when there is something to send: a tab that nobody uses costs ingest nothing.
    if (queue.isEmpty()) return;
    if (socket) {
      if (socket.readyState === 1 && socket.bufferedAmount < MAX_BUFFERED_BYTES)
        for (const frame of queue.takeAll()) socket.send(encode(frame, session));
    } else if (!pausing) {
      if (posts) queue.takeAll().forEach(post);
      else connect();
    }
  });

  /** @param {number} failed attempts in a row */
  const pause = (failed) => {
    failures = failed;
    pausing = true;
    setTimeout(() => {
      pausing = false;
      send();
    }, retryDelay(failures));
  };

  /** @param {{refused?: string}} answer of ingest, which says nothing to what it takes */
  const hear = ({ refused }) => {
    if (refused !== "origin") return;
    unwelcome = true;
    disconnect();
  };

  const connect = () => {
    /** @type {WebSocket} */
    let it;
    try {
      // A path of its own lets a load balancer keep a session on one instance.
      it = new WebSocket(new URL(session, ingest).href.replace(/^http/, "ws"));
    } catch {
      return probe();
    }
    socket = it;
    let openedAt = Number.NaN;
    it.onopen = () => {
      openedAt = performance.now();
      send();
    };
    it.onmessage = quietly(({ data }) => hear(JSON.parse(data)));
    // A Content-Security-Policy that forbids it ends in an error alone.
    it.onerror = it.onclose = () => {
      if (it !== socket) return;
      socket = undefined;
      if (performance.now() - openedAt > STEADY_MS) pause(0);
      else probe();
    };
    setTimeout(() => {
      if (!it.readyState) it.close();
    }, STEADY_MS);
  };

  /** Not every browser keeps a page with an open connection for the way back. */
  const disconnect = () => {
    const it = socket;
    socket = undefined;
    it?.close();
  };

  /** A socket has failed: whether requests get through, one frame tells. */
  const probe = async () => {
    pausing = true;
    const frame = queue.take();
    if (frame) await post(frame);
    pausing = false;
    if (posts) send();
    else pause(failures + 1);
  };

  /** Never fails: what does not get through goes back to the queue. @param {import("./queue.js").Frame} frame */
  const post = async (frame) => {
    try {
      const answer = await fetch(beacon, {
        method: "POST",
        body: encode(frame, session),
        credentials: "omit",
        keepalive: true,
      });
      if (answer.ok) {
        posts = true;
        failures = 0;
      } else if (answer.status === 403) hear(await answer.json());
      // A frame that is not in form never will be; the next one may.
      else if (![400, 413].includes(answer.status)) throw answer;
    } catch {
      // Later, as a page that is left is told that its last requests failed: they get through.
      setTimeout(() => queue.putBack(frame));
      if (!pausing) pause(failures + 1);
    }
  };

  /** All that waits: a page that is left or hidden may never run again. */
  const sendLast = () => {
    dropUnwanted();
    for (const frame of queue.takeAll())
      if (!navigator.sendBeacon?.(beacon, encode(frame, session))) post(frame);
  };

  /** Soon enough, and with what comes until then. */
  const sendSoon = paced(() => (posts ? POST_MS : FLUSH_MS), send);

  return { send, sendSoon, sendLast, disconnect };
};
