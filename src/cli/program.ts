import { Command } from "commander";
import { version } from "../../package.json";
import { exitCodes } from "../common/exitCodes";
import { addAgentCommands, addRunCommands } from "./agentProgram";
import { addAuthCommands } from "./authProgram";
import { addCompletionCommands } from "./completionProgram";
import { addExamples } from "./help";

/** The whole command with its help; what a command does is loaded when it is used. */
export function buildProgram(): Command {
  const program = new Command("aihub")
    .description("Sign in once with Claude, ChatGPT or GitHub Copilot, and run your agents on it.")
    .version(version)
    .showHelpAfterError("Run with --help to see how it is used.")
    .enablePositionalOptions()
    .exitOverride();
  addAuthCommands(program);
  addAgentCommands(program);
  addRunCommands(program);
  addCompletionCommands(program);
  addExamples(program, "aihub auth login anthropic", "aihub agent create pilot --provider anthropic --model claude-sonnet-4-5", 'aihub send -a pilot -m "hello"', "aihub run pilot");
  return program.addHelpText("after", `
Exit codes: 0 done, ${exitCodes.failed} failed, ${exitCodes.usage} wrong usage, ${exitCodes.interrupted} interrupted.
Everything is kept in ~/.aihub; AIHUB_HOME names another folder.`);
}
