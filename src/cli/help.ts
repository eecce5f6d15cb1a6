import type { Command } from "commander";

/** What each exit code says. */
export const exitCodes = { failed: 1, usage: 2, interrupted: 130 } as const;

/** Examples under the help of a command: what is typed, and after `#` what it is for. */
export function addExamples(command: Command, ...examples: string[]): Command {
  return command.addHelpText("after", `\nExamples:\n${examples.map((example) => `  $ ${example}`).join("\n")}`);
}
