/**
 * Pageheat's tracker: tells ingest where on a page its visitor's pointer moves, clicks and rests.
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
 * When the page is idle it loads frustration.js from where it came from itself: that tells rage and
 * dead clicks, reported through `window[Symbol.for("pageheat.tracker")]`.
 *
 * Frames go to ingest's WebSocket, in the form that ARCHITECTURE.md gives. Where sockets don't get
 * through, they are posted to ingest's beacon, as is what is left at the end of a visit. What a
 * socket has taken is not sent again, and what waits is bounded.
 *
 * A page with a Content-Security-Policy allows ingest in `script-src`, or gives the tag a nonce,
 * which is handed on; and in `connect-src` with https: and, for sockets, with wss:. Where it requires
 * Trusted Types, the second file needs `trusted-types pageheat`.
 *
 * The session's name is random and lives as long as the document; no cookie is set, nothing stored.
 * What fails fails silently: the page's scripts and error reports never hear of us.
 *
 * One classic script in the syntax of ES2021: in an older browser it does not run, and no more.
 */
(() => {
  // biome-ignore lint/suspicious/noRedundantUseStrict: a classic script is not strict by itself
  "use strict";

  const SAMPLE_MS = 125; // eight points a second draw a movement well
  const MIN_SAMPLE_MS = 50;
  const FLUSH_MS = 250; // the window's step: what is sent more often is not seen sooner
  const POST_MS = 1_000; // a request costs more than a message
  const MAX_FRAME_EVENTS = 256; // what ingest takes
  const MAX_WAITING_CHARS = 60_000; // over a minute of movement; a beacon and a frame take 64 KiB
  const MAX_BUFFERED_BYTES = 65_536; // a socket that holds so much is stuck: wait where it's bounded
  const MAX_AGE_MS = 86_400_000; // what ingest takes; reached when a machine sleeps over night
  const RETRY_MS = 500; // the pause after a lost connection: doubles with each failure …
  const MAX_RETRY_MS = 30_000; // … up to this
  const STEADY_MS = 5_000; // a connection that takes longer to open or lasts shorter has failed
  const REST_MS = 1_000; // what a rest stands for
  const REST_PX = 4; // a hand on a mouse trembles
  const MAX_RESTS = 30; // in a row: who reads scrolls or moves by then, or is away
  const IDLE_MS = 3_000; // after the page has loaded, where a browser doesn't say when it is idle
  // What ingest takes, as far as what is made here can differ from it.
  const SELECTOR = /^(?=.{1,512}$)[^>]+(>[a-z][a-z0-9-]*(:nth-of-type\(\d{1,5}\))?)*$/;
  const ID = /^[a-z_][a-z_-]{0,63}$/i; // what has digits was numbered by a program
  const DATA_NAME = /^data(-[a-z]+)+$/;
  const DATA_VALUE = /^[a-z_ -]{1,64}$/i;
  // As a word of a data- attribute's name, or as its value: how an element is just now, or whose.
  const UNFIT =
    " active align author color current direction email false index lang mode off on open orientation " +
    "placement position selected side size state status step theme true user username value variant ";
  const OVERLAY = "[data-pageheat-overlay]";
  const HOOK = Symbol.for("pageheat.tracker");

  /**
   * Points are in page coordinates (px), `at` on the clock of performance.now(); `nodes` lead from
   * what is under the pointer outwards, and `clientX`, `clientY` are viewport coordinates.
   *
   * @typedef {{width: number, height: number}} Size
   * @typedef {{path: string, document: Size, viewport: Size, first?: {x: number, y: number}}} Page
   * @typedef {{x: number, y: number, at: number, buttons: number}} Point
   * @typedef {Point & {path: string, nodes: EventTarget[], clientX: number, clientY: number}} Seen
   * @typedef {{selector: string, x: number, y: number}} Target
   * @typedef {"move" | "click" | "rage" | "dead" | "rest"} Type
   * @typedef {Point & {type: Type, fixed: boolean, target?: Target}} Sample
   * @typedef {{page: Page, samples: Sample[], seq: number}} Frame
   * @typedef {{page: Page, sample: Sample}} Click
   */

  // What needs no page -----------------------------------------------------------------------

  /**
   * Keeps our failures from the page's error handlers: what fails returns nothing.
   * @template {any[]} A
   * @template R
   * @param {(...args: A) => R} act
   */
  const quietly =
    (act) =>
    (/** @type {A} */ ...args) => {
      try {
        return act(...args);
      } catch {}
    };

  /**
   * Acts at the first call, at most every `ms` while more calls come, and after the last one.
   * @param {() => number} ms
   * @param {() => void} act
   */
  const paced = (ms, act) => {
    let timer = 0;
    let called = false;
    const turn = quietly(() => {
      timer = 0;
      if (!called) return;
      called = false;
      timer = setTimeout(turn, ms());
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

  /** Some 128 random bits, in letters that a path and ingest take. */
  const randomName = () =>
    btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)))).replace(/\W/g, "-");

  /** Of a box's side, to its thousandth. @param {number} part @param {number} whole */
  const fraction = (part, whole) =>
    Math.min(1, Math.max(0, Math.round((1000 * part) / whole) / 1000));

  /**
   * Frames to be sent, oldest first, each of one page in one size. When it is full, it lets go of
   * the oldest samples, which would be the first to leave the window too.
   */
  const makeQueue = () => {
    /** @type {Frame[]} */
    const frames = [];
    let seq = 0;
    const bound = () => {
      while (JSON.stringify(frames).length > MAX_WAITING_CHARS) {
        frames[0].samples.shift();
        if (!frames[0].samples.length) frames.shift();
      }
    };
    return {
      /** @param {Page} page the same object while nothing of it changes @param {Sample} sample */
      add(page, sample) {
        let last = frames[frames.length - 1];
        if (last?.page !== page || last.samples.length === MAX_FRAME_EVENTS) {
          last = { page, samples: [], seq: seq++ };
          frames.push(last);
        }
        last.samples.push(sample);
        bound();
      },
      /** @param {Frame} frame that was taken, and did not get through */
      putBack(frame) {
        frames.unshift(frame);
        bound();
      },
      isEmpty: () => !frames.length,
      take: () => frames.shift(),
      takeAll: () => frames.splice(0),
    };
  };

  /**
   * A frame as ingest reads it; what is zero or false is left out.
   * @param {Frame} frame
   * @param {string} session
   */
  const encode = ({ page, samples, seq }, session) => {
    const events = samples.map(({ type, x, y, at, buttons, fixed, target }) => ({
      type,
      age: Math.min(MAX_AGE_MS, Math.max(0, Math.round(performance.now() - at))),
      x,
      y,
      buttons: buttons || undefined,
      fixed: fixed || undefined,
      target,
    }));
    return JSON.stringify({ v: 1, session, seq, page, events });
  };

  // What is read from the page ---------------------------------------------------------------

  /** Ingest takes real sizes only, and an empty frame has none. @returns {Size} */
  const size = (/** @type {number} */ width, /** @type {number} */ height) => ({
    width: Math.max(1, width),
    height: Math.max(1, height),
  });

  /** Whether one of them does not scroll with the page. @param {EventTarget[]} nodes */
  const isFixed = (nodes) =>
    nodes.some((it) => it instanceof Element && /fixed|sticky/.test(getComputedStyle(it).position));

  /**
   * The top left corner of the body's first element that has a box (scripts, styles and our own mark
   * have none). One that doesn't scroll has the corner that it has at the top of the page.
   */
  const firstCorner = () => {
    let first = document.body?.firstElementChild;
    while (first && !first.getClientRects().length) first = first.nextElementSibling;
    if (!first) return;
    const { left, top } = first.getBoundingClientRect();
    const fixed = isFixed([first]);
    const x = Math.round(fixed ? left : left + scrollX);
    const y = Math.round(fixed ? top : top + scrollY);
    return x || y ? { x, y } : undefined;
  };

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
      first: quietly(firstCorner)(),
    };
  };

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
    clientX: event.clientX,
    clientY: event.clientY,
  });

  // Which element is meant -------------------------------------------------------------------

  /**
   * A selector of the element alone, by a name that people gave it and that stays as it is. Its
   * property `id` is not asked: a form's input may be called so.
   * @param {Element} element
   */
  const nameOf = (element) => {
    const names = [...element.attributes].map(({ name, value }) => {
      if (name === "id" && ID.test(value)) return `#${value}`;
      const words = [...name.split("-"), value.toLowerCase()];
      const lasts = DATA_NAME.test(name) && !words.some((word) => UNFIT.includes(` ${word} `));
      return lasts && DATA_VALUE.test(value) ? `[${name}="${value}"]` : "";
    });
    // An id first, as it begins with "#".
    return names.sort().find((name) => name && document.querySelectorAll(name).length === 1);
  };

  /** The last step to an element, from its parent. @param {Element} element */
  const stepTo = (element) => {
    const type = element.localName;
    if (element.matches(":only-of-type")) return type;
    let nth = 1;
    for (let it = element.previousElementSibling; it; it = it.previousElementSibling)
      if (it.localName === type) nth++;
    return `${type}:nth-of-type(${nth})`;
  };

  /** The way from the nearest name, or from the body. @param {Element} element @returns {string} */
  const wayTo = (element) => {
    if (element === document.body) return "body";
    const parent = /** @type {Element} */ (element.parentNode);
    return nameOf(element) || `${wayTo(parent)}>${stepTo(element)}`;
  };

  /**
   * The element of the document that is meant, and where on its box. A shadow tree belongs to its
   * host, a drawing to what it is on, and an element without a box to what it is in. The page itself
   * is no target, nor is what ingest would refuse or what would be another's.
   * @type {(nodes: EventTarget[], clientX: number, clientY: number) => Target | undefined}
   */
  const targetAt = quietly((nodes, clientX, clientY) => {
    for (const it of nodes) {
      if (!(it instanceof HTMLElement && it.matches("body *"))) continue;
      const { left, top, width, height } = it.getBoundingClientRect();
      if (!width || !height) continue;
      const selector = wayTo(it);
      if (!SELECTOR.test(selector) || document.querySelector(selector) !== it) return;
      const x = fraction(clientX - left, width);
      const y = fraction(clientY - top, height);
      return { selector, x, y };
    }
  });

  // The tracker ------------------------------------------------------------------------------

  /** @param {URL} ingest ends with a slash @param {number} sampleMs */
  const track = (ingest, sampleMs) => {
    const session = randomName();
    const beacon = new URL("_pageheat/beacon", ingest).href;
    const queue = makeQueue();
    /** @type {Page} as last measured; another object only when something of it changed */
    let page;
    /** @type {Seen | undefined} the newest point of a movement, not sampled yet */
    let moved;
    /** @type {Seen | undefined} where a mouse has come to rest */
    let rested;
    let rests = 0;
    let restTimer = 0;
    /** @type {WebSocket | undefined} */
    let socket;
    let posts = false; // instead of sockets, for as long as the document lives
    let failures = 0;
    let pausing = false;
    let unwelcome = false;

    /** @param {Type} type @param {Seen} seen @returns {Click} */
    const record = (type, { path, nodes, clientX, clientY, ...point }) => {
      // A point may have waited while the route changed. It knows its path, so history needs no
      // wrapping; the size was measured for the sample before, for which it had to wait.
      const found = path === location.pathname ? measure() : { ...page, path };
      if (JSON.stringify(found) !== JSON.stringify(page)) page = found;
      // Now, as what the click does may move or remove the element. A movement means none.
      const target = type === "move" ? undefined : targetAt(nodes, clientX, clientY);
      const sample = { ...point, type, fixed: isFixed(nodes), target };
      queue.add(page, sample);
      return { page, sample };
    };

    const recordMove = () => {
      if (moved) record("move", moved);
      moved = undefined;
    };

    // Sending ----------------------------------------------------------------------------------

    const mustBeSilent = () => unwelcome || document.querySelector(OVERLAY);

    const send = quietly(() => {
      // The overlay's tag is at the end of the body: until that has been read, everything waits.
      if (document.readyState === "loading") return;
      if (mustBeSilent()) queue.takeAll();
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
        probe();
        return;
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

    /** Never fails: what does not get through goes back to the queue. @param {Frame} frame */
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
        setTimeout(() => queue.putBack(frame), 0);
        if (!pausing) pause(failures + 1);
      }
    };

    /** A page that is left or hidden may never run again. */
    const sendRest = () => {
      recordMove();
      const frames = queue.takeAll();
      if (mustBeSilent()) return;
      for (const frame of frames) {
        if (!navigator.sendBeacon?.(beacon, encode(frame, session))) post(frame);
      }
    };

    const flush = paced(() => (posts ? POST_MS : FLUSH_MS), send);
    const sample = () => {
      recordMove();
      flush();
    };
    const sampleMove = paced(() => sampleMs, sample);

    // What the pointer does --------------------------------------------------------------------

    /** The visitor is there, and what is under the pointer may be new. */
    const restAnew = () => {
      clearTimeout(restTimer);
      rests = 0;
      if (rested) restTimer = setTimeout(rest, REST_MS);
    };

    const rest = quietly(() => {
      const { clientX, clientY } = /** @type {Seen} */ (rested);
      let node = /** @type {Node | null} */ (document.elementFromPoint(clientX, clientY));
      // What happens in a framed page is its own; where its pointer is isn't known here.
      if (!node || node.nodeName === "IFRAME" || document.visibilityState === "hidden") return;
      const nodes = [];
      for (; node; node = node.parentNode) nodes.push(node);
      record("rest", {
        .../** @type {Seen} */ (rested),
        x: Math.round(clientX + scrollX),
        y: Math.round(clientY + scrollY),
        at: performance.now(),
        path: location.pathname,
        nodes,
      });
      flush();
      if (++rests < MAX_RESTS) restTimer = setTimeout(rest, REST_MS);
    });

    /** @param {PointerEvent} event */
    const onMove = (event) => {
      if (!event.isTrusted) return;
      if (moved && moved.path !== location.pathname) recordMove();
      const seen = see(event);
      moved = seen;
      sampleMove();
      if (event.pointerType !== "mouse") return;
      if (
        rested &&
        Math.hypot(seen.clientX - rested.clientX, seen.clientY - rested.clientY) <= REST_PX
      )
        return;
      rested = seen;
      restAnew();
    };

    /** A mouse clicks when pressed. A finger or pen that is pressed may be about to scroll, which
     * ends in a `pointercancel`: it clicks when it is lifted. @param {PointerEvent} event */
    const onPress = (event) => {
      const clicks = event.pointerType === "mouse" ? "pointerdown" : "pointerup";
      if (!event.isTrusted || event.type !== clicks) return;
      recordMove();
      const click = record("click", see(event));
      send();
      restAnew();
      hook.onclick(click, event);
    };

    /** What frustration.js finds: it is told of clicks, and reports what they were. */
    const hook = {
      /** @param {Click} _click @param {PointerEvent} _event while it is dispatched */
      onclick(_click, _event) {},
      /** @param {Click} click @param {"rage" | "dead"} type */
      report({ page, sample }, type) {
        queue.add(page, { ...sample, type });
        send();
      },
    };

    // Captured before the page can stop an event, and passive, so that scrolling never waits.
    /** @param {EventTarget} target @param {string} type @param {(event: any) => void} act */
    const listen = (target, type, act) =>
      target.addEventListener(type, quietly(act), { capture: true, passive: true });
    listen(window, "pointermove", onMove);
    listen(window, "pointerdown", onPress);
    listen(window, "pointerup", onPress);
    listen(window, "pointerout", (event) => {
      if (event.relatedTarget) return;
      rested = undefined; // the pointer has left the page
      restAnew();
    });
    listen(window, "scroll", ({ target }) => {
      if (target === document) restAnew();
    });
    listen(document, "DOMContentLoaded", flush);
    listen(document, "visibilitychange", () => {
      if (document.visibilityState === "hidden") sendRest();
    });
    listen(window, "pagehide", () => {
      sendRest();
      disconnect();
    });
    return hook;
  };

  /** Once the page is idle, and unless it is under an overlay. @param {string} url @param {string} nonce */
  const loadLater = (url, nonce) => {
    const load = quietly(() => {
      if (document.querySelector(OVERLAY)) return;
      const script = document.createElement("script");
      const { trustedTypes } = /** @type {any} */ (window);
      const policy = trustedTypes?.createPolicy("pageheat", { createScriptURL: String });
      script.src = policy ? policy.createScriptURL(url) : url;
      script.nonce = nonce;
      document.head.append(script);
    });
    const idle = quietly(() =>
      "requestIdleCallback" in window ? requestIdleCallback(load) : setTimeout(load, IDLE_MS),
    );
    if (document.readyState === "complete") idle();
    else window.addEventListener("load", idle);
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
    if (shared[HOOK]) return;
    shared[HOOK] = track(base, Math.max(MIN_SAMPLE_MS, Number(interval) || SAMPLE_MS));
    const { nonce, src } = script;
    loadLater(new URL("frustration.js", src || new URL("_pageheat/", base)).href, nonce);
  })();
})();
