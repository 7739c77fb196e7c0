/**
 * Keeps the events on our parts from the page, whose menus close on a press elsewhere, and which may have
 * shortcuts, a trap for the focus, or a counter of clicks.
 *
 * They are stopped at the window, before any listener of the document, and our own listeners get a copy that
 * does not leave our shadow tree. The browser still acts on the original: it types, drags, follows links.
 * Listeners that the page added to the window before us hear them nevertheless: nothing can prevent that.
 */

/** What our parts listen to, and the class of the copy. Other events of ours do not leave the tree anyway. */
const HEARD = {
  // Not a MouseEvent: the copy of a click must not activate anything a second time. Not `Event`, which
  // old libraries replace.
  click: UIEvent,
  input: UIEvent,
  // Firefox lets each KeyboardEvent out of the tree, composed or not: it would be copied without end.
  keydown: UIEvent,
  focusin: FocusEvent,
  focusout: FocusEvent,
  pointerdown: PointerEvent,
  pointermove: PointerEvent,
  pointerup: PointerEvent,
  pointercancel: PointerEvent,
  pointerover: PointerEvent,
  pointerout: PointerEvent,
};

/** Stopped only. */
const UNHEARD =
  "pointerenter pointerleave pointerrawupdate gotpointercapture lostpointercapture " +
  "mousedown mouseup mousemove mouseover mouseout mouseenter mouseleave " +
  "dblclick auxclick contextmenu wheel touchstart touchmove touchend touchcancel " +
  "keyup keypress beforeinput compositionstart compositionupdate compositionend " +
  "copy cut paste focus blur";

/** A pointer that was pressed on the page and is dragged over our parts is still the page's. */
const DRAGGED = /^(pointer|mouse)(move|over|out|enter|leave|up|cancel)$/;

/** Of an event, what its copy needs. */
const FIELDS = /** @type {const} */ ([
  "bubbles",
  "key",
  "code",
  "altKey",
  "ctrlKey",
  "metaKey",
  "shiftKey",
  "button",
  "buttons",
  "clientX",
  "clientY",
  "pointerId",
  "pointerType",
  "isPrimary",
]);

/** What a pointer can use only with the focus. Everything else leaves the focus where it is in the page. */
const FOCUSED = "input:not([type=radio]), select, textarea, code";

/**
 * @param {Element} host of our shadow tree
 * @param {AbortSignal} signal unseals it
 */
export function seal(host, signal) {
  let pressedOnPage = false;
  /** @param {Event & { key?: string }} event */
  const hear = (event) => {
    const [inmost, ...outwards] = event.composedPath();
    const ours = inmost === host || outwards.includes(host);
    if (event.type === "pointerdown") pressedOnPage = !ours;
    if (!ours || (pressedOnPage && isDragged(event))) return;
    event.stopImmediatePropagation();
    const keepsFocus =
      event.type === "mousedown" && !(/** @type {Element} */ (inmost).closest(FOCUSED));
    // Escape closes our lists, and must not close the page's dialog.
    if (keepsFocus || event.key === "Escape") event.preventDefault();
    // What is on the host itself, none of our parts hears: its copy would come here again, without end.
    const copy = inmost === host ? null : copyOf(event);
    if (copy) inmost.dispatchEvent(copy);
  };
  for (const type of [...Object.keys(HEARD), ...UNHEARD.split(" ")]) {
    addEventListener(type, hear, { capture: true, passive: false, signal });
  }
}

/** @param {Event & { buttons?: number }} event */
function isDragged({ type, buttons = 0 }) {
  return DRAGGED.test(type) && (buttons > 0 || /up|cancel/.test(type));
}

/** @param {Event} event @returns {Event | null} null if our parts do not listen to it */
function copyOf(event) {
  const Kind = HEARD[event.type];
  if (!Kind) return null;
  const fields = Object.fromEntries(FIELDS.map((name) => [name, event[name]]));
  const copy = new Kind(event.type, { ...fields, cancelable: true, composed: false });
  for (const name of FIELDS) {
    if (!(name in copy)) Object.defineProperty(copy, name, { value: event[name] });
  }
  // Only the original has a default action.
  copy.preventDefault();
  copy.preventDefault = () => event.preventDefault();
  return copy;
}
