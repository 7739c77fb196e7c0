/**
 * Pageheat's tracker: tells ingest where on a page its visitor's pointer moves and clicks.
 *
 *     <script async src="https://ingest.example/_pageheat/tracker.js"></script>
 *
 * Attributes of the tag, all optional:
 *
 *     data-ingest="https://ingest.example"  where ingest is, if the script comes from elsewhere
 *     data-interval="125"                   ms between two points of a movement, at least 50
 *     data-respect-privacy="false"          also track visitors whose browser asks not to (Global
 *                                           Privacy Control, Do Not Track)
 *
 * Frames go to ingest's WebSocket, and what is left at the end of a visit to its beacon, in the form
 * that ARCHITECTURE.md gives. An event is sent once, or not at all if its connection dies with it.
 * A page with a Content-Security-Policy allows ingest in `script-src`, and in `connect-src` with
 * https: and with wss:.
 *
 * The session's name is random and lives as long as the document; no cookie is set, nothing stored.
 * What fails fails silently: the page's scripts and error reports never hear of us.
 *
 * One classic script in the syntax of ES2020: in an older browser it does not run, and no more.
 */
(() => {
  // biome-ignore lint/suspicious/noRedundantUseStrict: a classic script is not strict by itself
  "use strict";

  const SAMPLE_MS = 125; // eight points a second draw a movement well
  const MIN_SAMPLE_MS = 50;
  const FLUSH_MS = 250; // the window's step: what is sent more often is not seen sooner
  const MAX_FRAME_EVENTS = 256; // what ingest takes
  const MAX_WAITING_EVENTS = 512; // a minute of movement, and less than the 64 KiB of a beacon
  const MAX_BUFFERED_BYTES = 65_536; // a socket that holds so much is stuck: wait where it's bounded
  const MAX_AGE_MS = 86_400_000; // what ingest takes; reached when a machine sleeps over night
  const RETRY_MS = 500; // the pause after a lost connection: doubles with each failure …
  const MAX_RETRY_MS = 30_000; // … up to this
  const STEADY_MS = 5_000; // a connection shorter than this has failed: something accepts and drops
  const OVERLAY = "[data-pageheat-overlay]";
  const RUNNING = Symbol.for("pageheat.tracker");

  /**
   * Points are in page coordinates (px), `at` on the clock of performance.now(); `nodes` lead from
   * the target outwards.
   *
   * @typedef {{width: number, height: number}} Size
   * @typedef {{path: string, document: Size, viewport: Size}} Page
   * @typedef {{x: number, y: number, at: number, buttons: number}} Point
   * @typedef {Point & {path: string, nodes: EventTarget[]}} Seen
   * @typedef {Point & {type: "move" | "click", fixed: boolean}} Sample
   * @typedef {{page: Page, samples: Sample[]}} Frame
   */

  // What needs no page -----------------------------------------------------------------------

  /** Keeps our failures from the page's error handlers. @param {(...args: any[]) => void} act */
  const quietly =
    (act) =>
    (/** @type {any[]} */ ...args) => {
      try {
        act(...args);
      } catch {}
    };

  /**
   * Acts at the first call, at most every `ms` while more calls come, and after the last one.
   * @param {number} ms
   * @param {() => void} act
   */
  const paced = (ms, act) => {
    let timer = 0;
    let called = false;
    const turn = quietly(() => {
      timer = 0;
      if (!called) return;
      called = false;
      timer = setTimeout(turn, ms);
      act();
    });
    return () => {
      called = true;
      if (!timer) turn();
    };
  };

  /** Half of it random, so that visitors don't come back all at once. @param {number} failures */
  const retryDelay = (failures) =>
    Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** failures) * (0.5 + Math.random() / 2);

  /** 128 random bits as base64url. */
  const randomName = () =>
    btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=/g, "");

  /**
   * Frames to be sent, oldest first, each of one page in one size. When it is full, it lets go of
   * the oldest sample, which would be the first to leave the window too.
   */
  const makeQueue = () => {
    /** @type {Frame[]} */
    let frames = [];
    let length = 0;
    return {
      /** @param {Page} page the same object while nothing of it changes @param {Sample} sample */
      add(page, sample) {
        let last = frames[frames.length - 1];
        if (last?.page !== page || last.samples.length === MAX_FRAME_EVENTS) {
          last = { page, samples: [] };
          frames.push(last);
        }
        last.samples.push(sample);
        if (length++ < MAX_WAITING_EVENTS) return;
        length--;
        frames[0].samples.shift();
        if (!frames[0].samples.length) frames.shift();
      },
      isEmpty: () => !length,
      takeAll() {
        const all = frames;
        frames = [];
        length = 0;
        return all;
      },
    };
  };

  /**
   * A frame as ingest reads it; what is zero or false is left out.
   * @param {Frame} frame
   * @param {string} session
   * @param {number} seq
   */
  const encode = ({ page, samples }, session, seq) => {
    const events = samples.map(({ type, x, y, at, buttons, fixed }) => ({
      type,
      age: Math.min(MAX_AGE_MS, Math.max(0, Math.round(performance.now() - at))),
      x,
      y,
      buttons: buttons || undefined,
      fixed: fixed || undefined,
    }));
    return JSON.stringify({ v: 1, session, seq, page, events });
  };

  // What is read from the page ---------------------------------------------------------------

  /** Ingest takes real sizes only, and an empty frame has none. @returns {Size} */
  const size = (/** @type {number} */ width, /** @type {number} */ height) => ({
    width: Math.max(1, width),
    height: Math.max(1, height),
  });

  /**
   * The page as it is now. Asked for samples only, as it may cost a layout. The scrolling element,
   * in quirks mode the body, is as large as the viewport at least.
   * @returns {Page}
   */
  const measure = () => {
    const root = document.scrollingElement || document.documentElement;
    return {
      path: location.pathname,
      document: size(root.scrollWidth, root.scrollHeight),
      viewport: size(innerWidth, innerHeight),
    };
  };

  /** Whether a target does not scroll with the page. @param {EventTarget[]} nodes */
  const isFixed = (nodes) =>
    nodes.some((it) => it instanceof Element && /fixed|sticky/.test(getComputedStyle(it).position));

  /**
   * Done for every event of the browser, so it is cheap. The composed path leads out of shadow
   * trees; it is known only while the event is dispatched.
   * @param {PointerEvent} event
   * @returns {Seen}
   */
  const see = (event) => ({
    x: Math.round(event.pageX),
    y: Math.round(event.pageY),
    at: event.timeStamp,
    buttons: event.buttons,
    path: location.pathname,
    nodes: event.composedPath(),
  });

  // The tracker ------------------------------------------------------------------------------

  /** @param {URL} ingest ends with a slash @param {number} sampleMs */
  const track = (ingest, sampleMs) => {
    const session = randomName();
    const queue = makeQueue();
    let seq = 0;
    /** @type {Page} as last measured; another object only when something of it changed */
    let page;
    /** @type {Seen | undefined} the newest point of a movement, not sampled yet */
    let moved;
    /** @type {WebSocket | undefined} */
    let socket;
    let failures = 0;
    let resting = false;

    /** @param {"move" | "click"} type @param {Seen} seen */
    const record = (type, { path, nodes, ...point }) => {
      // A point may have waited while the route changed. It knows its path, so history needs no
      // wrapping; the size was measured for the sample before, for which it had to wait.
      const found = path === location.pathname ? measure() : { ...page, path };
      if (JSON.stringify(found) !== JSON.stringify(page)) page = found;
      queue.add(page, { ...point, type, fixed: isFixed(nodes) });
    };

    const recordMove = () => {
      if (moved) record("move", moved);
      moved = undefined;
    };

    const send = () => {
      // The overlay's tag is at the end of the body: until that has been read, everything waits.
      if (document.readyState === "loading") return;
      if (document.querySelector(OVERLAY)) queue.takeAll();
      if (queue.isEmpty()) return;
      if (!socket) connect();
      else if (socket.readyState === 1 && socket.bufferedAmount < MAX_BUFFERED_BYTES)
        for (const frame of queue.takeAll()) socket.send(encode(frame, session, seq++));
    };

    /** Only when there is something to send: a tab that nobody uses costs ingest nothing. */
    const connect = () => {
      if (resting) return;
      resting = true; // … for good, where sockets are missing or forbidden and this throws
      // A path of its own lets a load balancer keep a session on one instance.
      socket = new WebSocket(new URL(session, ingest).href.replace(/^http/, "ws"));
      resting = false;
      let openedAt = Number.POSITIVE_INFINITY;
      socket.onopen = quietly(() => {
        openedAt = performance.now();
        send();
      });
      socket.onclose = quietly(() => {
        failures = performance.now() - openedAt > STEADY_MS ? 0 : failures + 1;
        socket = undefined;
        resting = true;
        setTimeout(resume, retryDelay(failures));
      });
    };

    const resume = quietly(() => {
      resting = false;
      send();
    });

    /** A page that is left or hidden may never run again. What the socket got is not sent twice. */
    const sendRest = () => {
      recordMove();
      const frames = queue.takeAll();
      if (document.querySelector(OVERLAY)) return;
      const url = new URL("_pageheat/beacon", ingest).href;
      for (const frame of frames) {
        const body = encode(frame, session, seq++);
        if (navigator.sendBeacon?.(url, body)) continue;
        fetch(url, { method: "POST", body, keepalive: true, mode: "no-cors" }).catch(() => {});
      }
    };

    /** Not every browser keeps a page with an open connection for the way back. */
    const disconnect = () => {
      if (!socket) return;
      socket.onopen = socket.onclose = null;
      socket.close();
      socket = undefined;
    };

    const flush = paced(FLUSH_MS, send);
    const sampleMove = paced(sampleMs, () => {
      recordMove();
      flush();
    });

    const onMove = (/** @type {PointerEvent} */ event) => {
      if (!event.isTrusted) return;
      if (moved && moved.path !== location.pathname) recordMove();
      moved = see(event);
      sampleMove();
    };

    /** A mouse clicks when pressed. A finger or pen that is pressed may be about to scroll, which
     * ends in a `pointercancel`: it clicks when it is lifted. @param {PointerEvent} event */
    const onPress = (event) => {
      const clicks = event.pointerType === "mouse" ? "pointerdown" : "pointerup";
      if (!event.isTrusted || event.type !== clicks) return;
      recordMove();
      record("click", see(event));
      send();
    };

    // Captured before the page can stop an event, and passive, so that scrolling never waits.
    /** @param {EventTarget} target @param {string} type @param {(event: any) => void} act */
    const listen = (target, type, act) =>
      target.addEventListener(type, quietly(act), { capture: true, passive: true });
    listen(window, "pointermove", onMove);
    listen(window, "pointerdown", onPress);
    listen(window, "pointerup", onPress);
    listen(document, "DOMContentLoaded", flush);
    listen(document, "visibilitychange", () => {
      if (document.visibilityState === "hidden") sendRest();
    });
    listen(window, "pagehide", () => {
      sendRest();
      disconnect();
    });
  };

  quietly(() => {
    const script = /** @type {HTMLScriptElement} */ (
      document.currentScript || document.querySelector('script[src*="/_pageheat/tracker.js"]')
    );
    const { ingest, interval, respectPrivacy } = script.dataset;
    const browser = /** @type {any} */ (navigator);
    const asksNot = browser.globalPrivacyControl || browser.doNotTrack === "1";
    if (asksNot && respectPrivacy !== "false") return;
    // A file's path tells more about its owner than about a page.
    if (!/^https?:$/.test(location.protocol)) return;
    const base = new URL(ingest ? ingest.replace(/\/*$/, "/") : "..", script.src || location.href);
    const shared = /** @type {any} */ (window);
    if (shared[RUNNING]) return;
    shared[RUNNING] = true;
    track(base, Math.max(MIN_SAMPLE_MS, Number(interval) || SAMPLE_MS));
  })();
})();
