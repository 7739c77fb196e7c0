/**
 * What the tour of the demo shop shows, step by step: some twenty seconds each.
 *
 * A step does with our own controls what a reader would do, so it needs nothing of how they work inside.
 *
 * @typedef {{ title: string, text: string, at: string, act?: (part: (selector: string) => HTMLElement | null) => void }} Step
 *   `at` is what it is about: a selector among our parts; `act` is called when the step begins.
 */

const STRIP = "section.strip";
const VISITORS = `${STRIP} button[aria-label="Visitors"]`;
const COMPARE = `${STRIP} button[aria-label^="Compare"]`;

/** Then there is no room for the panel beside what a step is about. */
const narrow = matchMedia("(max-width: 640px)");

/** @type {readonly Step[]} */
export const STEPS = [
  {
    title: "This is live",
    text:
      "The panel says what you see: where visitors moved and clicked in the last five minutes, four times a second. " +
      "Open the shop itself in another window and move the mouse: your own heat appears here.",
    at: ".panel .card",
    act: (part) => {
      arrange(part, {});
      part(".panel .dot")?.click();
      part(`${STRIP} [data-preset="live"][aria-pressed="false"]`)?.click();
    },
  },
  {
    title: "Any time",
    text:
      "The clock at the foot opens the strip of time. Choose a preset, or brush a range on the page views: the heat, " +
      "the elements and the numbers follow. Hatched is where nothing is known. Live goes back.",
    at: STRIP,
    act: (part) => {
      arrange(part, {});
      part("button.time:not([hidden])")?.click();
      part(`${STRIP} [data-preset="week"][aria-pressed="false"]`)?.click();
    },
  },
  {
    title: "Some visitors",
    text:
      "Phones only, one campaign, one group of an experiment: each with its number of page views before you choose " +
      "it. Count page views instead of events, and you read “clicked by 12 %”.",
    at: STRIP,
    act: (part) => arrange(part, { visitors: true }),
  },
  {
    title: "What changed",
    text:
      "Compare with the span before, a week before, or your own dates: orange is more, blue is less, and what is no " +
      "more than chance stays grey. The list of elements has both shares.",
    at: STRIP,
    act: (part) => arrange(part, { compare: true }),
  },
  {
    title: "All pages",
    text:
      "Warm pages lists what is visited now. “Open as a page” leads to the list over time: ordered by change, " +
      "grouped, as CSV. From there each page opens under the heat of its range.",
    at: ".drawer",
    act: (part) => arrange(part, { drawer: true }),
  },
];

/**
 * Opens what a step needs, and closes what others have opened.
 *
 * @param {(selector: string) => HTMLElement | null} part
 * @param {{ visitors?: boolean, compare?: boolean, drawer?: boolean }} open
 */
function arrange(part, { visitors = false, compare = false, drawer = false }) {
  if (narrow.matches) part('.card:not([hidden]) [aria-label^="Fold the panel"]')?.click();
  for (const [selector, isOpen] of /** @type {const} */ ([
    [VISITORS, visitors],
    [COMPARE, compare],
  ])) {
    const button = part(selector);
    if (button && (button.getAttribute("aria-expanded") === "true") !== isOpen) button.click();
  }
  if (part(".drawer")?.hidden === drawer) part(".panel nav button:last-of-type")?.click();
}
