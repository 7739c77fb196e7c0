/** Whether the address asks to leave this browser out, or to count it again: see leaving.js. */
export const asksToLeave = () => /^#pageheat-o(n|ff)$/.test(location.hash);
