/** Turns the addresses of a site into those of this front end, and wraps what takes them. */

const SCHEMES = new Map([
  ["http:", "http"],
  ["https:", "http"],
  ["ws:", "ws"],
  ["wss:", "ws"],
]);

/**
 * Makes the function that gives an address here for one of the site, and anything else as it is.
 *
 * @param {string[]} hosts hosts of the site, each with its port
 * @param {string} origin of this front end
 * @param {() => string} base what relative addresses are relative to
 * @returns {(address: any) => any}
 */
export const turning = (hosts, origin, base) => {
  const own = new Set(hosts);
  return (address) => {
    const url = parsed(address, base());
    const scheme = url && SCHEMES.get(url.protocol);
    if (!scheme || !own.has(url.host) || url.username || url.pathname.startsWith("/_pageheat/")) {
      return address; // what is ours may be reached at the site's address
    }
    return scheme + origin.slice("http".length) + url.pathname + url.search + url.hash;
  };
};

/** @param {any} address @param {string} base */
const parsed = (address, base) => {
  try {
    // A page's own `const URL` hides the browser's.
    return new globalThis.URL(address, base);
  } catch {
    return null; // the browser tells the script what is wrong
  }
};

/** @param {any} holder @param {string} name @param {ProxyHandler<any>} handler */
export const wrap = (holder, name, handler) => {
  if (typeof holder?.[name] === "function") holder[name] = new Proxy(holder[name], handler);
};

/**
 * The arguments of a call, with one of them turned if it is an address.
 *
 * @param {any[]} given
 * @param {number} place
 * @param {(address: any) => any} turned
 */
export const turnedAt = (given, place, turned) =>
  given.map((value, index) =>
    index === place && (typeof value === "string" || value instanceof URL) ? turned(value) : value,
  );

/**
 * Turns an argument of a function.
 *
 * @param {any} holder
 * @param {string} name
 * @param {number} place
 * @param {(address: any) => any} turned
 */
export const turnCalls = (holder, name, place, turned) =>
  wrap(holder, name, {
    apply: (called, self, given) => Reflect.apply(called, self, turnedAt(given, place, turned)),
  });

/**
 * Turns an argument with which a class makes its objects.
 *
 * @param {string} name
 * @param {number} place
 * @param {(address: any) => any} turned
 */
const turnMade = (name, place, turned) => {
  wrap(globalThis, name, {
    construct: (made, given, target) =>
      Reflect.construct(made, turnedAt(given, place, turned), target),
  });
  const made = /** @type {any} */ (globalThis)[name];
  if (made) made.prototype.constructor = made;
};

/**
 * A text of CSS with its addresses turned.
 *
 * @param {string} css
 * @param {(address: any) => any} turned
 */
const turnedWithin = (css, turned) =>
  css.replace(/(\burl\(\s*)("[^"]*"|'[^']*'|[^\s)]*)/gi, (whole, begin, quoted) => {
    const address = quoted.replace(/^(["'])(.*)\1$/, "$2");
    return turned(address) === address ? whole : begin + JSON.stringify(turned(address));
  });

/**
 * Turns what pages and workers alike request.
 *
 * @param {(address: any) => any} turned
 */
export const turnRequests = (turned) => {
  for (const name of ["EventSource", "Request", "SharedWorker", "WebSocket", "Worker"]) {
    turnMade(name, 0, turned);
  }
  turnMade("FontFace", 1, (source) => turnedWithin(String(source), turned));
  const { XMLHttpRequest } = /** @type {any} */ (globalThis);
  turnCalls(globalThis, "fetch", 0, turned);
  turnCalls(XMLHttpRequest?.prototype, "open", 1, turned);
};
