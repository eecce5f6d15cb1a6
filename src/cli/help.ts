import type { Command } from "commander";

/** Examples under the help of a command: what is typed, and after `#` what it is for. */
export function addExamples(command: Command, ...examples: string[]): Command {
  return command.addHelpText("after", `\nExamples:\n${examples.map((example) => `  $ ${example}`).join("\n")}`);
}
