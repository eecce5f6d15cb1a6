import { aborted } from "./aborted";
import { withTimeLimit } from "./timeLimit";

/** What `promise` gives within `limit` ms and before `signal` is aborted; `undefined` where it gives nothing, or fails. */
export function soon<T>(promise: Promise<T>, limit: number, signal: AbortSignal): Promise<T | undefined> {
  return withTimeLimit(signal, limit, (limited) => Promise.race([promise.catch(() => undefined), aborted(limited)]));
}
