/** A token is renewed this long before its `expires`, in ms, so that no request and no peer meets its end. */
export const refreshAhead = 10 * 60_000;

/** Whether a credential should be renewed at `now` (ms since the epoch). */
export function isDue({ expires }: { expires: number }, now = Date.now()): boolean {
  return now >= expires - refreshAhead;
}

/** What `expires` stands early, in ms; until then the vendor still takes the token. */
const graceAfterExpires = 5 * 60_000;

/** Whether the vendor still takes a token that should have been renewed by now. */
export function isStillTaken({ expires }: { expires: number }): boolean {
  return Date.now() < expires + graceAfterExpires;
}
