/** How late a timer may be before this process must have stood still meanwhile (stopped, or asleep), in ms. */
const standstill = 500;

/** What has come for a process that stood still is looked at within this time, in ms. */
const catchUp = 1_000;

/**
 * Runs `body` with a signal that is aborted with `signal`, if there is one, or after `limit` ms.
 *
 * `AbortSignal.timeout` within `AbortSignal.any` would say the same, but Node refers to it only weakly there: it is
 * collected as garbage and never fires (https://github.com/nodejs/node/issues/57736).
 */
export async function withTimeLimit<T>(signal: AbortSignal | undefined, limit: number, body: (limited: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  const end = () => over.abort();
  const due = performance.now() + limit;
  let timer = setTimeout(() => {
    // Timers come before what was received: an answer may lie there unread, and be the only one.
    if (performance.now() - due > standstill) timer = setTimeout(end, catchUp);
    else end();
  }, limit);
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted) end();
  try {
    return await body(over.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}
