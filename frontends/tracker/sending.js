/**
 * How frames get to ingest: over a WebSocket, by posts where sockets don't get through, by beacon at
 * the end. What ingest does not acknowledge is sent again, under its number and with its ages made
 * new; of what arrives twice, the first is counted.
 */

import { paced, quietly } from "./calls.js";
import { hasOverlay } from "./page.js";
import { encode } from "./queue.js";

const FLUSH_MS = 250; // the window's step: what is sent more often is not seen sooner
const POST_MS = 1_000; // a request costs more than a message
const MAX_BUFFERED_BYTES = 65_536; // a socket that holds so much is stuck: wait where it's bounded
const RETRY_MS = 500; // the pause after a failure: doubles with each in a row …
const MAX_RETRY_MS = 30_000; // … up to this
const OPENING_MS = 5_000; // a connection that takes longer to open has failed
const BY_BEACON = 0; // a way; the others are connections, counted from 1

/** Half of it random, so that visitors don't come back all at once. @param {number} failures */
const retryDelay = (failures) =>
  Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** failures) * (0.5 + Math.random() / 2);

/**
 * Sends what the queue holds, as a session of a new name.
 * @param {URL} ingest ends with a slash
 * @param {import("./queue.js").Queue} queue
 * @param {number} sampleMs between two points of a movement
 */
export const makeSender = (ingest, queue, sampleMs) => {
  // Some 128 random bits, in letters that a path and ingest take.
  const session = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)))).replace(
    /\W/g,
    "-",
  );
  const beacon = new URL("_pageheat/beacon", ingest).href;
  /** @type {WebSocket | undefined} */
  let socket;
  let connection = 1; // what went by an earlier one, and is not acknowledged, goes again
  let works = false; // an acknowledgement came by this one
  let posts = false; // instead of sockets, for as long as the document lives
  let failures = 0;
  let pausing = false;
  let unwelcome = false;

  const dropUnwanted = () => {
    if (unwelcome || hasOverlay()) queue.clear();
  };

  const send = quietly(() => {
    // The overlay's tag is at the end of the body: until that has been read, everything waits.
    if (document.readyState === "loading") return;
    dropUnwanted();
    // Only when there is something to send: a tab that nobody uses costs ingest nothing.
    if (pausing || queue.isEmpty()) return;
    if (posts) queue.take(connection).forEach(post);
    else if (!socket) connect();
    else if (socket.readyState === 1 && socket.bufferedAmount < MAX_BUFFERED_BYTES)
      for (const frame of queue.take(connection)) socket.send(encode(frame, session));
  });

  /**
   * Soon enough, and with what comes until then: of a movement right when a point is taken, as a frame that
   * goes just before leaves that point waiting for the next one.
   */
  const sendSoon = paced(
    () => (posts ? POST_MS : FLUSH_MS),
    send,
    Math.min(sampleMs, FLUSH_MS) / 2,
  );

  /** Something failed: tries again later, the later the more failed in a row. */
  const backOff = () => {
    if (pausing) return;
    pausing = true;
    setTimeout(() => {
      pausing = false;
      send();
    }, retryDelay(++failures));
  };

  /** @param {{acknowledged?: number[], refused?: string, seq?: number}} answer of ingest */
  const hear = ({ acknowledged, refused = "", seq = -1 }) => {
    if (acknowledged) {
      works = true;
      failures = 0;
    }
    if (refused === "origin") {
      unwelcome = true;
      disconnect();
    } else if (/busy|rate/.test(refused)) {
      queue.putBack(seq);
      backOff();
    } else {
      // A frame that is not in form never will be; the next one may.
      queue.drop(acknowledged || [seq]);
      // Where many were on their way, others wait for these.
      if (!queue.isEmpty()) sendSoon(true);
    }
  };

  const connect = () => {
    /** @type {WebSocket} */
    let it;
    try {
      // A path of its own lets a load balancer keep a session on one instance.
      it = new WebSocket(new URL(session, ingest).href.replace(/^http/, "ws"), "pageheat.v1");
    } catch {
      return probe();
    }
    socket = it;
    works = false;
    it.onopen = send;
    it.onmessage = quietly(({ data }) => hear(JSON.parse(data)));
    // A Content-Security-Policy that forbids it ends in an error alone.
    it.onerror = it.onclose = () => {
      if (it !== socket) return;
      disconnect();
      if (works) backOff();
      else probe();
    };
    setTimeout(() => {
      if (!it.readyState) it.close();
    }, OPENING_MS);
  };

  /** Not every browser keeps a page with an open connection for the way back. */
  const disconnect = () => {
    const it = socket;
    socket = undefined;
    connection++;
    it?.close();
  };

  /** A socket brought nothing: whether requests get through, one frame tells. */
  const probe = async () => {
    pausing = true;
    for (const frame of queue.take(connection, 1)) posts = await post(frame);
    pausing = false;
    if (posts) send();
    else backOff();
  };

  /** Never fails. @param {import("./queue.js").Frame} frame @returns whether ingest has it */
  const post = async (frame) => {
    const { seq } = frame;
    try {
      const answer = await fetch(beacon, {
        method: "POST",
        body: encode(frame, session),
        credentials: "omit",
        keepalive: true,
      });
      if (answer.ok) {
        hear({ acknowledged: [seq] });
        return true;
      }
      if (answer.status === 403) hear(await answer.json());
      else if ([400, 413].includes(answer.status)) hear({ seq });
      else throw answer;
    } catch {
      queue.putBack(seq);
      backOff();
    }
    return false;
  };

  /** All that is not acknowledged: a page that is left or hidden may never run again. */
  const sendLast = () => {
    dropUnwanted();
    for (const frame of queue.take(BY_BEACON))
      if (!navigator.sendBeacon?.(beacon, encode(frame, session))) post(frame);
  };

  return { send, sendSoon, sendLast, disconnect };
};
