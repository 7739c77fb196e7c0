/**
 * The service worker that the front end serves in place of any of the site's.
 *
 * A site's own would answer pages from its cache, without the overlay, and it would go on to do so after another
 * site is shown at this address. This one answers nothing. It replaces such a worker when the browser looks for
 * its newer version, at the next visit; then it deletes what that one kept and loads the pages again.
 */

const worker = /** @type {any} */ (self);
let replaces = false;

worker.addEventListener("install", () => {
  replaces = worker.registration.active !== null;
  worker.skipWaiting();
});

worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(takeOver()));

async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.map((name) => caches.delete(name)));
  await worker.clients.claim();
  if (!replaces) return;
  const pages = await worker.clients.matchAll({ type: "window" });
  // Not awaited: a page waits in turn until this worker is active.
  for (const page of pages) page.navigate(page.url).catch(() => {});
}
