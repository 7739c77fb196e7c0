/**
 * Sends an event that does not bubble, without the class `Event`, which libraries of before 2010 replace.
 *
 * @param {EventTarget | null | undefined} target
 * @param {string} type
 */
export function dispatch(target, type) {
  const event = document.createEvent("Event");
  event.initEvent(type, false, false);
  target?.dispatchEvent(event);
}
