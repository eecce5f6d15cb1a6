import { createHash } from "node:crypto";
import { createInterface } from "node:readline";

/** What one process of the storm says when it is through. */
export interface Outcome {
  /** ms since the epoch. */
  done: number;
  /** The beginning of the token's hash: enough to see that all got the same, nothing to use it with. */
  mark?: string;
  /** A code, never a message: messages of peers may hold what a vendor said. */
  error?: string;
}

export function markOf(token: string): string {
  return createHash("sha256").update(token).digest("hex").slice(0, 8);
}

/** Says `ready`, asks for a token at the word `go`, says the outcome, and ends when standard input does. */
export function askOnGo(ask: () => Promise<string>): void {
  const input = createInterface({ input: process.stdin });
  input.once("line", () => {
    void ask()
      .then((token): Outcome => ({ done: Date.now(), mark: markOf(token) }))
      .catch((error: unknown): Outcome => ({ done: Date.now(), error: codeOf(error) }))
      .then((outcome) => console.log(JSON.stringify(outcome)));
  });
  // Not earlier: ending processes would take the processor from those that still wait.
  input.once("close", () => process.exit(0));
  console.log("ready");
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
