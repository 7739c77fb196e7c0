/**
 * As much of a browser as the tracker touches, with a clock that stands until it is told to run.
 *
 * Load the tracker by `new Browser({...}).run()`, let the visitor act (`move`, `press`, …), let time
 * pass (`elapse`), and look at `sent` (frames over sockets), `beacons` and `posts`.
 */
import { execFileSync } from "node:child_process";
import vm from "node:vm";

const ROOT = new URL("../../..", import.meta.url);
/** How long ingest waits for other receipts before it tells one. */
const RECEIPT_MS = 250;
const LOADING_MS = 100;
const EPOCH_MS = 1_790_000_000_000;
/** What ingest serves: the modules joined, and minified. */
const [TRACKER, BEHAVIOUR, SELDOM] = ["tracker.js", "behaviour.js", "seldom.js"].map((name) =>
  execFileSync("python", ["-m", "pageheat.frontends.tracker", name], {
    cwd: ROOT,
    encoding: "utf8",
  }),
);

/** What the tracker reads past the page's own names by way of the prototype. */
const readable = (node) => new Proxy(node, { getPrototypeOf: (it) => it });

class Element {
  attributes = [];
  is = [];

  get id() {
    return this.getAttribute("id") ?? "";
  }

  getAttribute(wanted) {
    return this.attributes.find(({ name }) => name === wanted)?.value ?? null;
  }

  contains(node) {
    return node === this;
  }

  matches(selector) {
    return selector.split(", ").some((it) => this.is.includes(it));
  }
}

class HTMLElement extends Element {
  scrolled = [];
  box = { left: 0, top: 0, width: 0, height: 0 };

  getBoundingClientRect() {
    return this.box;
  }

  addEventListener(_, act) {
    if (!this.scrolled.includes(act)) this.scrolled.push(act);
  }

  getClientRects() {
    return this.box.width ? [this.box] : [];
  }
}

class ShadowRoot {}

export const places = (events) => events.map(({ x, y }) => [x, y]);

/** Rows of what is packed in a frame. */
const unpacked = (text = "", ...names) => {
  const numbers = new Int32Array(new Uint8Array(Buffer.from(text, "base64")).buffer);
  const rows = Array.from({ length: numbers.length / names.length }, (_, row) =>
    names.map((name, column) => [name, numbers[row * names.length + column]]),
  );
  return rows.map((row) => Object.fromEntries(row));
};

/** A frame as it is sent, with all its events, moves among them, in order of time; and its looks. */
export const read = (text) => {
  const { moves, fixed_moves, events = [], looks, ...frame } = JSON.parse(text);
  const scrolling = unpacked(moves, "x", "y", "age").map((it) => ({ type: "move", ...it }));
  const staying = unpacked(fixed_moves, "x", "y", "age").map((it) => ({
    type: "move",
    ...it,
    fixed: true,
  }));
  return {
    ...frame,
    events: [...scrolling, ...staying, ...events].sort((a, b) => b.age - a.age),
    looks: unpacked(looks, "top", "height", "duration", "age"),
  };
};

/** Everything that promises had to wait for has happened. */
export const settled = () => new Promise(setImmediate);

class Target {
  listeners = [];

  addEventListener(type, act) {
    if (!this.listeners.some((it) => it.type === type && it.act === act))
      this.listeners.push({ type, act });
  }

  removeEventListener(type, act) {
    this.listeners = this.listeners.filter((it) => it.type !== type || it.act !== act);
  }

  dispatch(event) {
    for (const { type, act } of this.listeners) if (type === event.type) act(event);
  }
}

export class Browser {
  now = 0;
  timers = [];
  /** Every socket that was opened; their servers accept when the test says so … */
  sockets = [];
  /** … and tell a while later what they have, unless the test does. */
  acknowledges = true;
  /** Frames with events that went to sockets, to `sendBeacon` and to `fetch`, the latter two with their address. */
  sent = [];
  beacons = [];
  posts = [];
  /** All three in order: way, time (ms) and frame. */
  went = [];
  /** The same of frames with looks, each once. */
  looked = [];
  /** What `fetch` is answered: a status and a body, or nothing where the network fails. */
  answer = undefined;
  /** Whatever observes changes of the page, with the nodes that it observes. */
  observers = [];
  nextTimer = 1;
  /** Whether the script that few visits need arrives when the tracker asks for it. */
  hasSeldom = false;

  constructor({
    src = "https://ingest.example/_pageheat/tracker.js",
    dataset = {},
    url,
    ...rest
  } = {}) {
    const browser = this;
    this.location = new URL(url ?? "https://shop.example/lamp");
    this.root = this.element({
      scrollWidth: 1265,
      scrollHeight: 4210,
      clientWidth: 1265,
      clientHeight: 720,
      isConnected: true,
    });
    for (const [side, scroll] of [
      ["scrollLeft", "scrollX"],
      ["scrollTop", "scrollY"],
    ])
      Object.defineProperty(this.root, side, { get: () => this.context[scroll] });
    this.body = this.element();
    this.button = this.element({
      attributes: [{ name: "id", value: "buy" }],
      box: { left: 500, top: 700, width: 40, height: 100 },
      is: ["body *"],
    });
    this.fixed = this.element({ position: "fixed" });
    this.window = new Target();
    this.head = {
      children: [],
      append: (script) => {
        this.head.children.push(script);
        if (this.hasSeldom && script.src.endsWith("/seldom.js"))
          this.context.setTimeout(() => vm.runInContext(SELDOM, this.context), LOADING_MS);
      },
    };
    this.navigation = new Target();
    this.window.navigation = this.navigation;
    this.document = readable({
      currentScript: { src, dataset },
      scrollingElement: this.root,
      documentElement: this.root,
      body: this.body,
      head: this.head,
      under: null,
      createElement: (localName) => ({
        localName,
        remove() {
          browser.head.children = browser.head.children.filter((it) => it !== this);
        },
      }),
      elementFromPoint() {
        return this.under;
      },
      elementsFromPoint: () => [],
      readyState: "complete",
      referrer: "",
      visibilityState: "visible",
      overlay: null,
      querySelector(selector) {
        return selector === "[data-pageheat-overlay]" ? this.overlay : browser.button;
      },
      querySelectorAll: (selector) =>
        selector === `#${this.button.attributes[0].value}` ? [this.button] : [],
    });
    this.navigator = {
      sendBeacon(url, body) {
        const frame = browser.goes("beacon", body);
        if (frame.events.length) browser.beacons.push({ url, frame });
        return true;
      },
    };
    this.context = vm.createContext({
      CSS: { escape: String },
      Date: { now: () => EPOCH_MS + this.now },
      Element,
      HTMLAreaElement: class {},
      HTMLElement,
      MutationObserver: class {
        constructor(act) {
          Object.assign(this, { act, observed: [] });
          browser.observers.push(this);
        }

        observe(node) {
          this.observed.push(node);
        }

        disconnect() {
          this.observed = [];
        }
      },
      ShadowRoot,
      URL,
      URLSearchParams,
      WebSocket: class {
        constructor(url, subprotocol) {
          Object.assign(this, { url, subprotocol, readyState: 0, bufferedAmount: 0 });
          browser.sockets.push(this);
        }

        send(text) {
          const frame = browser.goes("socket", text);
          if (frame.events.length) browser.sent.push(frame);
          const tell = () => browser.answers({ acknowledged: [frame.seq] }, this);
          if (browser.acknowledges) browser.context.setTimeout(tell, RECEIPT_MS);
        }

        close() {
          this.readyState = 3;
          this.onclose();
        }
      },
      addEventListener: (...listener) => this.window.addEventListener(...listener),
      btoa,
      clearTimeout: (id) => {
        this.timers = this.timers.filter((timer) => timer.id !== id);
      },
      crypto,
      document: this.document,
      fetch: async (url, { body, ...options }) => {
        const frame = this.goes("post", body);
        if (frame.events.length) this.posts.push({ url, frame, options });
        if (!this.answer) throw new TypeError("Failed to fetch");
        const { status, ...answer } = this.answer;
        return { status, ok: status < 300, json: async () => answer };
      },
      getComputedStyle: ({ position = "static" }) => ({
        position,
        transform: "none",
        direction: "ltr",
        overflowY: "visible",
      }),
      getSelection: () => ({ isCollapsed: true }),
      innerHeight: 720,
      innerWidth: 1280,
      location: this.location,
      navigator: this.navigator,
      parent: this.window,
      performance: { now: () => this.now },
      removeEventListener: (...listener) => this.window.removeEventListener(...listener),
      scrollX: 0,
      scrollY: 0,
      setTimeout: (act, ms) => {
        this.timers.push({ id: this.nextTimer, due: this.now + ms, act });
        return this.nextTimer++;
      },
      window: this.window,
      ...rest,
    });
  }

  /** An element; `is` are the selectors that it is known to match. */
  element(properties) {
    return readable(Object.assign(new HTMLElement(), properties));
  }

  /** The tracker's tag is reached. */
  run() {
    vm.runInContext(TRACKER, this.context);
    return this;
  }

  /** The script that the tracker has asked for arrives. */
  runBehaviour() {
    vm.runInContext(BEHAVIOUR, this.context);
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
      clientX: x - this.context.scrollX,
      clientY: y - this.context.scrollY,
      timeStamp: this.now,
      button: 0,
      buttons: 0,
      isPrimary: true,
      pointerType: "mouse",
      target,
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

  scroll(target) {
    this.window.dispatch({ type: "scroll", target });
  }

  /** Scrolls the document to there. */
  scrollTo(y) {
    this.context.scrollY = y;
    this.scroll(this.document);
  }

  /** Goes to another route, of which the browser tells. */
  route(path) {
    this.location.pathname = path;
    this.navigation.dispatch({ type: "currententrychange" });
  }

  /** The newest socket's server accepts it. */
  accept() {
    const socket = this.sockets.at(-1);
    socket.readyState = 1;
    socket.onopen();
    return socket;
  }

  goes(way, text) {
    const frame = read(text);
    const told = { way, at: this.now, frame };
    if (frame.events.length) this.went.push(told);
    const isNew = this.looked.every((it) => it.frame.seq !== frame.seq);
    if (frame.looks.length && isNew) this.looked.push(told);
    return frame;
  }

  /** What a socket's server says, if that is open. */
  answers(answer, socket = this.sockets.at(-1)) {
    if (socket.readyState === 1) socket.onmessage({ data: JSON.stringify(answer) });
  }

  /** The newest socket's connection is lost, or was never made. */
  async lose() {
    const socket = this.sockets.at(-1);
    socket.readyState = 3;
    socket.onclose();
    await settled();
  }

  /** Lets time pass until it is so; returns how long (ms) it took. */
  async until(isSo, most = 60_000) {
    const start = this.now;
    while (!isSo() && this.now - start < most) {
      this.elapse(50);
      await settled();
    }
    return this.now - start;
  }

  untilNextSocket() {
    const { length } = this.sockets;
    return this.until(() => this.sockets.length > length);
  }

  /** Something of the page changes. */
  mutate() {
    for (const { act, observed } of this.observers) if (observed.length) act();
  }

  hide() {
    this.document.visibilityState = "hidden";
    this.window.dispatch({ type: "visibilitychange" });
  }

  show() {
    this.document.visibilityState = "visible";
    this.window.dispatch({ type: "visibilitychange" });
  }

  leave() {
    this.window.dispatch({ type: "pagehide" });
  }

  /** Comes back from the browser's cache. */
  comeBack() {
    this.window.dispatch({ type: "pageshow", persisted: true });
    this.show();
  }

  /** The looks of all frames so far, in order, as [top, duration]. */
  get looks() {
    return this.looked.flatMap(({ frame }) =>
      frame.looks.map(({ top, duration }) => [top, duration]),
    );
  }

  /** The events of all frames sent so far, in order. */
  get events() {
    return this.sent.flatMap((frame) => frame.events);
  }
}

/** A tracker whose socket is open, of a visitor who has long done nothing; what was sent is forgotten. */
export const unseen = (options) => {
  const browser = new Browser(options).run();
  browser.press(0, 0);
  browser.accept();
  browser.elapse(40_000);
  browser.sent.length = 0;
  browser.looked.length = 0;
  return browser;
};

/** The same on a page that somebody watches. */
export const connected = (options) => {
  const browser = unseen(options);
  browser.answers({ every: 250 });
  return browser;
};

/** The same with the second file. */
export const watched = (options) => connected(options).runBehaviour();

export const BEACON = "https://ingest.example/_pageheat/post";
/** What `fetch` is answered when ingest has a frame. */
export const TAKEN = { status: 204 };

/** A tracker that gets all its files. No click is judged, so that nothing is sent but what is pressed. */
export const complete = (browser = new Browser().run()) => {
  browser.hasSeldom = true;
  browser.runBehaviour();
  browser.window[Symbol.for("pageheat.tracker")].onclick = () => {};
  return browser;
};
