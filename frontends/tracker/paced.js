import { quietly } from "./quietly.js";

/**
 * Acts at the first call, about every `ms` while calls continue, and after the last call. A call takes a turn that is
 * due: from `slack` ms before on, but if it passes `canWait`, from `slack` ms after. `ms` may change.
 * @param {() => number} ms
 * @param {() => void} act
 * @param {number} [slack]
 */
export const paced = (ms, act, slack = 0) => {
  let timer = 0;
  let called = false;
  let last = -Infinity;
  const turn = quietly(() => {
    clearTimeout(timer);
    timer = 0;
    if (!called) return;
    called = false;
    last = performance.now();
    timer = setTimeout(turn, ms() + slack);
    act();
  });
  return (canWait = false) => {
    called = true;
    if (!timer || performance.now() >= last + ms() + (canWait ? slack : -slack)) turn();
  };
};
