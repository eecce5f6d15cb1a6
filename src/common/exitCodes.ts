import { isAIHubError } from "./errors";

/** What each exit code says. */
export const exitCodes = { failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * The exit code of a command that ended with an error. Wrong usage is what could not be right on any machine, and a
 * question where nobody can answer; an agent, a provider or a profile that is not there is a failure.
 */
export function exitCodeOf(error: unknown): number {
  if (isAIHubError(error, "cancelled")) return exitCodes.interrupted;
  return isAIHubError(error, ...unanswered, ...neverRight) ? exitCodes.usage : exitCodes.failed;
}

const unanswered = ["provider_not_named", "no_terminal", "nobody_to_ask", "input_ended"] as const;

/** These come from arguments alone: a name that is read from a file or asked for is never refused by them. */
const neverRight = ["unknown_neighbour", "invalid_agent_id", "invalid_domain", "invalid_profile_name", "invalid_session_name"] as const;
