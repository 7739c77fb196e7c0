/** Shown while the site does not answer: polls it, and reloads when it is back. */

const EVERY_MS = 3000;

setInterval(async () => {
  const answer = await fetch(location.href, { method: "HEAD" }).catch(() => null);
  if (answer && answer.status !== 502 && answer.status !== 504) location.reload();
}, EVERY_MS);
