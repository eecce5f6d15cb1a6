import { Option, type Command } from "commander";
import type { CreateOptions } from "./agentCommands";
import { addExamples } from "./help";
import type { SendOptions } from "./send";

/** `aihub agent …`, and the commands that run one. */
export function addAgentCommands(program: Command): void {
  const agent = program.command("agent").description("the agents of aihub.json");

  const list = agent
    .command("list")
    .option("--json", "print JSON for programs")
    .description("list the agents and how they authenticate")
    .action(async (options: { json?: boolean }) => (await import("./agentCommands")).agentList(options));
  addExamples(list, "aihub agent list", "aihub agent list --json");

  const show = agent
    .command("show")
    .argument("<agent>", "an agent's id")
    .option("--json", "print JSON for programs")
    .description("show everything about an agent: whose account it uses now, and who pays")
    .action(async (id: string, options: { json?: boolean }) => (await import("./agentShow")).agentShow(id, options));
  addExamples(show, "aihub agent show pilot", "aihub agent show pilot --json | jq .uses");

  const setAuth = agent
    .command("set-auth")
    .argument("<agent>", "an agent's id")
    .addOption(authMode().choices(["oauth", "api_key", "proxy", "none"]))
    .option("--profile <profile>", "the profile it uses (anthropic:work), or none")
    .description("set auth.mode and auth.profileId of an agent")
    .action(async (id: string, options: { mode?: string; profile?: string }) => (await import("./agentCommands")).agentSetAuth(id, options));
  addExamples(setAuth, "aihub agent set-auth pilot --mode oauth --profile anthropic:work", "aihub agent set-auth pilot --mode none --profile none");

  const create = agent
    .command("create")
    .argument("<id>", "the new agent's id")
    .requiredOption("--provider <provider>", "the provider of its model, for example anthropic")
    .requiredOption("--model <model>", "its model, for example claude-sonnet-4-5")
    .option("--workspace <folder>", "the folder it works in", process.cwd())
    .option("--name <name>", "what people call it")
    .addOption(authMode().choices(["oauth", "api_key"]))
    .option("--profile <profile>", "the profile it uses (anthropic:work)")
    .description("make a new agent in aihub.json, or in a folder of its own")
    .action(async (id: string, options: CreateOptions) => (await import("./agentCommands")).agentCreate(id, options));
  addExamples(create, "aihub agent create pilot --provider anthropic --model claude-sonnet-4-5 --workspace ~/work", "aihub agent create coder --provider openai-codex --model gpt-5.4 --mode oauth");
}

export function addRunCommands(program: Command): void {
  const send = withSession(program.command("send"))
    .requiredOption("-a, --agent <agent>", "an agent")
    .requiredOption("-m, --message <text>", "what to say to it; - reads standard input")
    .option("--json", "print events for programs, one JSON object a line")
    .description("send one message to an agent and print its answer as it comes")
    .action(async (options: SendOptions) => (await import("./send")).send(options));
  addExamples(send, 'aihub send -a pilot -m "What is new in this folder?"', "git diff | aihub send -a pilot -m -", 'aihub send -a pilot --continue -m "And the tests?"');

  const run = withSession(program.command("run"))
    .argument("<agent>", "an agent's id")
    .description("run an agent in this terminal")
    .action(async (id: string, options: { continue?: boolean; session?: string }) => (await import("./run")).run(id, options));
  addExamples(run, "aihub run pilot", "aihub run pilot --continue");

  const exec = program
    .command("exec")
    .argument("<command...>", "the program and its arguments")
    .requiredOption("-a, --agent <agent>", "the agent whose key it gets")
    .passThroughOptions()
    .description("run a program that reads an agent's key from the environment")
    .action(async (command: string[], options: { agent: string }) => (await import("./exec")).exec(command, options));
  addExamples(exec, "aihub exec -a pilot -- python my_agent.py", "aihub exec -a pilot -- sh -c 'my-framework --fast'");
}

function authMode(): Option {
  return new Option("--mode <mode>", "how it authenticates");
}

function withSession(command: Command): Command {
  return command.option("-c, --continue", "go on with the agent's last session").option("-s, --session <name>", "go on with the session of this name, or begin it");
}
