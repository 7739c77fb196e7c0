/**
 * As much of a browser as the tracker touches, with a clock that stands until it is told to run.
 *
 * Load the tracker by `new Browser({...}).run()`, let the visitor act (`move`, `press`, …), let time
 * pass (`elapse`), and look at `sent` (frames over sockets) and `beacons`.
 */
import { readFileSync } from "node:fs";
import vm from "node:vm";

const SOURCE = readFileSync(
  new URL("../../../frontends/tracker/tracker.js", import.meta.url),
  "utf8",
);

class Element {}

class Target {
  listeners = [];

  addEventListener(type, act) {
    this.listeners.push({ type, act });
  }

  dispatch(event) {
    for (const { type, act } of this.listeners) if (type === event.type) act(event);
  }
}

export class Browser {
  now = 0;
  timers = [];
  /** Every socket that was opened; their servers answer when the test says so. */
  sockets = [];
  /** Frames that went to sockets, and bodies that went to beacons, parsed. */
  sent = [];
  beacons = [];
  nextTimer = 1;

  constructor({
    src = "https://ingest.example/_pageheat/tracker.js",
    dataset = {},
    url,
    ...rest
  } = {}) {
    const browser = this;
    this.location = new URL(url ?? "https://shop.example/lamp");
    this.root = { scrollWidth: 1265, scrollHeight: 4210 };
    this.body = new Element();
    this.fixed = Object.assign(new Element(), { position: "fixed" });
    this.window = new Target();
    this.document = Object.assign(new Target(), {
      currentScript: { src, dataset },
      scrollingElement: this.root,
      documentElement: this.root,
      readyState: "complete",
      visibilityState: "visible",
      overlay: null,
      querySelector(selector) {
        return selector === "[data-pageheat-overlay]" ? this.overlay : null;
      },
    });
    this.navigator = {
      sendBeacon(url, body) {
        browser.beacons.push({ url, frame: JSON.parse(body) });
        return true;
      },
    };
    this.context = vm.createContext({
      Element,
      URL,
      WebSocket: class {
        constructor(url) {
          Object.assign(this, { url, readyState: 0, bufferedAmount: 0 });
          browser.sockets.push(this);
        }

        send(text) {
          browser.sent.push(JSON.parse(text));
        }

        close() {
          this.readyState = 3;
        }
      },
      btoa,
      crypto,
      document: this.document,
      fetch: async (url, { body }) => browser.beacons.push({ url, frame: JSON.parse(body) }),
      getComputedStyle: ({ position = "static" }) => ({ position }),
      innerHeight: 720,
      innerWidth: 1280,
      location: this.location,
      navigator: this.navigator,
      performance: { now: () => this.now },
      setTimeout: (act, ms) => {
        this.timers.push({ id: this.nextTimer, due: this.now + ms, act });
        return this.nextTimer++;
      },
      window: this.window,
      ...rest,
    });
  }

  /** The tracker's tag is reached. */
  run() {
    vm.runInContext(SOURCE, this.context);
    return this;
  }

  /** Runs everything that is due within the next `ms`, in order. */
  elapse(ms) {
    const until = this.now + ms;
    for (;;) {
      const due = this.timers
        .filter((timer) => timer.due <= until)
        .sort((a, b) => a.due - b.due)[0];
      if (!due) break;
      this.timers.splice(this.timers.indexOf(due), 1);
      this.now = Math.max(this.now, due.due);
      due.act();
    }
    this.now = until;
  }

  point(type, x, y, { target = this.body, ...rest } = {}) {
    this.window.dispatch({
      type,
      pageX: x,
      pageY: y,
      timeStamp: this.now,
      buttons: 0,
      pointerType: "mouse",
      isTrusted: true,
      composedPath: () => [target, this.document, this.window],
      ...rest,
    });
  }

  move(x, y, rest) {
    this.point("pointermove", x, y, rest);
  }

  press(x, y, rest) {
    this.point("pointerdown", x, y, { buttons: 1, ...rest });
  }

  /** The newest socket's server accepts it. */
  accept() {
    const socket = this.sockets.at(-1);
    socket.readyState = 1;
    socket.onopen();
    return socket;
  }

  /** The newest socket's connection is lost, or was never made. */
  lose() {
    const socket = this.sockets.at(-1);
    socket.readyState = 3;
    socket.onclose();
  }

  /** Lets time pass until another socket is opened; returns how long it took, a minute at most. */
  untilNextSocket() {
    const { length } = this.sockets;
    const start = this.now;
    while (this.sockets.length === length && this.now - start < 60_000) this.elapse(50);
    return this.now - start;
  }

  hide() {
    this.document.visibilityState = "hidden";
    this.document.dispatch({ type: "visibilitychange" });
  }

  leave() {
    this.window.dispatch({ type: "pagehide" });
  }

  /** The events of all frames sent so far, in order. */
  get events() {
    return this.sent.flatMap((frame) => frame.events);
  }
}

/** A tracker whose socket is open; the click that opened it is forgotten, and all pauses are over. */
export const connected = (options) => {
  const browser = new Browser(options).run();
  browser.press(0, 0);
  browser.accept();
  browser.elapse(10_000);
  browser.sent.length = 0;
  return browser;
};
