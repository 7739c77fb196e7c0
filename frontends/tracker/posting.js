/** Posts frames to ingest where sockets are blocked, in the form of a socket, so that sending.js uses either. */

/**
 * What sending.js uses of a WebSocket. It opens in the next turn; a request that fails closes it.
 *
 * @typedef {Pick<WebSocket, "readyState" | "close"> & {
 *   bufferedAmount: number,
 *   onopen: (event?: any) => void, onclose: (event?: any) => void, onerror?: unknown, onmessage?: unknown,
 *   send: (text: string) => Promise<void>,
 * }} Poster
 * @typedef {typeof makePoster} Post
 * @param {(text: string) => Promise<Response>} request posts a frame
 * @param {(answer: import("./sending.js").Answer) => void} hear
 * @returns {Poster}
 */
export const makePoster = (request, hear) => {
  let isTaken = false;
  /** @type {Poster} */
  const it = {
    readyState: 1,
    bufferedAmount: 0,
    onopen() {},
    onclose() {},
    close() {},
    send: async (text) => {
      // One frame goes ahead; the others wait until ingest has taken it.
      if (!isTaken) it.bufferedAmount = Number.POSITIVE_INFINITY;
      try {
        const { seq } = JSON.parse(text);
        const answer = await request(text);
        isTaken = isTaken || answer.ok;
        hear(answer.ok ? { acknowledged: [seq] } : { ...(await answer.json()), seq });
        it.bufferedAmount = 0;
        it.onopen();
      } catch {
        it.onclose();
      }
    },
  };
  Promise.resolve().then(() => it.onopen());
  return it;
};
