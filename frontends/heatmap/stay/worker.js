/**
 * Keeps a site's own addresses here when its workers use them.
 *
 * The front end writes this script in front of each worker's, where no tag could name it: with its own origin
 * and the site's hosts in place of SETTINGS.
 */
import { turning, turnRequests, wrap } from "./turning.js";

const [origin, ...hosts] = "SETTINGS".split(" ");
const turned = turning(hosts, origin, () => location.href);

turnRequests(turned);
wrap(globalThis, "importScripts", {
  apply: (called, self, given) => Reflect.apply(called, self, given.map(turned)),
});
