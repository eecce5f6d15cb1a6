/** A token is renewed this long before its `expires`, in ms, so that no request and no peer meets its end. */
export const refreshAhead = 10 * 60_000;

/** Whether a credential should be renewed at `now` (ms since the epoch). */
export function isDue({ expires }: { expires: number }, now = Date.now()): boolean {
  return now >= expires - refreshAhead;
}
