import { quietly } from "./quietly.js";

/**
 * Acts at the first call, about every `ms` while calls continue, and after the last call. The first call
 * within `slack` ms of the next turn takes that turn, unless it passes `canWait`.
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
    if (!timer || (slack && !canWait && performance.now() >= last + ms() - slack)) turn();
  };
};
