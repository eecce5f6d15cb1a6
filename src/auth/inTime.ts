import { AIHubError, isAIHubError } from "../common/errors";
import { withTimeLimit } from "../common/timeLimit";
import type { Provider } from "../providers/provider";

/** How long a person has for an answer, in ms. */
export const answerLimit = 5 * 60_000;

/**
 * Runs a step of a sign-in that may take `limit` ms. When it was the limit that ended it, it says so: a sign-in that is
 * over while nobody looked must not end in silence, as one that somebody cancelled does.
 *
 * @throws AIHubError `login_timed_out`, and as `step`
 */
export function inTime<T>({ name }: Provider, signal: AbortSignal, limit: number, step: (limited: AbortSignal) => Promise<T>): Promise<T> {
  return withTimeLimit(signal, limit, async (limited) => {
    try {
      return await step(limited);
    } catch (error) {
      const isTimedOut = limited.aborted && !signal.aborted && isAIHubError(error, "cancelled");
      throw isTimedOut ? new AIHubError("login_timed_out", { provider: name }) : error;
    }
  });
}
