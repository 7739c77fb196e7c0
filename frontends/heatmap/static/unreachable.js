/** The page in place of a site that does not answer: looks for the site, and gives way to it. */

const EVERY_MS = 3000;

setInterval(async () => {
  const answer = await fetch(location.href, { method: "HEAD" }).catch(() => null);
  if (answer && answer.status !== 502 && answer.status !== 504) location.reload();
}, EVERY_MS);
