import { redact } from "./redact";
import { words } from "./words";

/** Facts a message may name. Never a token, a code or a vendor's body. */
export interface ErrorDetails {
  provider?: string;
  /** The id that one signs in to the provider by; none where it has no sign-in. */
  signIn?: string;
  profile?: string;
  /** Whose: a profile's label, or the variable that a key stands in. */
  account?: string;
  agent?: string;
  file?: string;
  line?: number;
  column?: number;
  port?: number;
  status?: number;
  host?: string;
  reason?: string;
  known?: readonly string[];
  retryAt?: number;
}

export type ErrorCode = keyof typeof words;

/** The one error of this project: its `code` is for programs, its message (see words.ts) for people. */
export class AIHubError extends Error {
  override readonly name = "AIHubError";

  constructor(
    readonly code: ErrorCode,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(words[code](details), options);
  }
}

/** By name, not by class: the lazily loaded part of the extension has a copy of the class of its own. */
export function isAIHubError(error: unknown, ...codes: ErrorCode[]): error is AIHubError {
  if (!(error instanceof Error) || error.name !== "AIHubError" || !("code" in error)) return false;
  return codes.length === 0 || codes.includes(error.code as ErrorCode);
}

/** Words that are safe to show for any error: an unknown one is named by its kind, since its text may hold anything. */
export function messageOf(error: unknown): string {
  if (isAIHubError(error)) return error.message;
  const kind = systemCode(error) ?? (error instanceof Error ? error.name : typeof error);
  return words.unexpected({ reason: kind });
}

/** The same for a terminal, where `AIHUB_DEBUG` adds the stack of an unexpected error for a report. */
export function terminalMessageOf(error: unknown): string {
  const stack = process.env.AIHUB_DEBUG && !isAIHubError(error) && error instanceof Error ? error.stack : undefined;
  return stack ? `${messageOf(error)}\n${redact(stack)}` : messageOf(error);
}

/** The `code` of a Node system error (`ENOENT`, `EADDRINUSE`, …), looked for in its causes too. */
export function systemCode(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ("code" in current && typeof current.code === "string") return current.code;
  }
  return undefined;
}
