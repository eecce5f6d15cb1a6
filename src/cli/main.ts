#!/usr/bin/env node
import { Command, CommanderError, Option } from "commander";
import { version } from "../../package.json";
import { isAIHubError, terminalMessageOf } from "../common/errors";
import type { LoginArguments } from "./authLogin";

function buildProgram(): Command {
  const program = new Command("aihub")
    .description("Sign in once with Claude, ChatGPT or GitHub Copilot, and run your agents on it.")
    .version(version)
    .showHelpAfterError("Run with --help to see how it is used.")
    .exitOverride();

  const auth = program.command("auth").description("sign in, see who is signed in, sign out");
  auth
    .command("login")
    .argument("[provider]", "anthropic, openai-codex or github-copilot; asked for if not given")
    .option("--profile <name>", "sign in on this profile (work, or anthropic:work)")
    .addOption(new Option("--flow <flow>", "the only way to try").choices(["loopback", "device", "paste"]))
    .option("--domain <domain>", "the domain of your enterprise, for github-copilot (example.ghe.com)")
    .option("--no-browser", "only print the address, do not open a browser")
    .description("sign in to a provider")
    .action(async (provider: string | undefined, options: LoginArguments) => (await import("./authLogin")).authLogin(provider, options));
  auth
    .command("status")
    .option("--json", "for programs")
    .description("show the profiles and when they renew")
    .action(async (options: { json?: boolean }) => (await import("./authStatus")).authStatus(options));
  auth
    .command("logout")
    .argument("<provider>", "a provider, or one of its profiles (anthropic:work)")
    .option("--yes", "do not ask")
    .description("sign out, here and at the provider where it can be done")
    .action(async (name: string, options: { yes?: boolean }) => (await import("./authLogout")).authLogout(name, options));
  auth
    .command("token")
    .argument("<provider>", "a provider, or one of its profiles (anthropic:work)")
    .description("print a fresh token and nothing else")
    .action(async (name: string) => (await import("./authToken")).authToken(name));

  const agent = program.command("agent").description("the agents of aihub.json");
  agent
    .command("list")
    .option("--json", "for programs")
    .description("list the agents and how they authenticate")
    .action(async (options: { json?: boolean }) => (await import("./agentCommands")).agentList(options));
  agent
    .command("set-auth")
    .argument("<id>", "the agent")
    .addOption(new Option("--mode <mode>", "how it authenticates").choices(["oauth", "api_key", "proxy", "none"]))
    .option("--profile <profile>", "the profile it uses (anthropic:work), or none")
    .description("set auth.mode and auth.profileId of an agent")
    .action(async (id: string, options: { mode?: string; profile?: string }) => (await import("./agentCommands")).agentSetAuth(id, options));

  program
    .command("send")
    .requiredOption("-a, --agent <id>", "the agent")
    .requiredOption("-m, --message <text>", "what to say to it; - reads standard input")
    .description("send one message to an agent and print its answer")
    .action(async (options: { agent: string; message: string }) => (await import("./send")).send(options));

  return program;
}

async function main(): Promise<void> {
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are asked for; anything else of commander's is wrong usage, which it has told already.
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    console.error(terminalMessageOf(error));
    process.exitCode = isAIHubError(error, "provider_not_named") ? 2 : 1;
  }
}

void main();
