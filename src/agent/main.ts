import { createInterface } from "node:readline/promises";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { endOnClosedPipe, endOnSignalsSaying, unlessAskedToEnd } from "../auth/ending";
import { AIHubError, isAIHubError, terminalMessageOf } from "../common/errors";
import { exitCodeOf } from "../common/exitCodes";
import { honourNetworkEnvironment } from "../common/proxy";
import { aihubHome } from "../store/paths";
import { migrateFromPi } from "../auth/migrate";
import { terminalLogger } from "../common/logger";
import { unaliased } from "../gateway/alias";
import { readAgent } from "../gateway/config";
import { createMirroredStore } from "../gateway/mirroredStore";
import { readAgentCommandLine, type AgentCommandLine } from "./commandLine";
import { exitAfterRefreshes } from "./ending";
import { takeKeysFromEnvironment } from "./environment";
import { createAgentKeys } from "./keys";
import { failAborted, writeEvent } from "./printEvents";

/**
 * One agent, as `agentProcess` (launch.ts) starts it: in this process, or, of the Claude SDK, as its child. The
 * message of `print` comes on standard input.
 */
async function main(commandLine: AgentCommandLine): Promise<number> {
  const { mode, agentId, json } = commandLine;
  exitAfterRefreshes();
  endOnClosedPipe();
  const ending = endOnSignalsSaying((exitCode) => void (json && failAborted(exitCode, json)), "SIGINT", "SIGTERM", "SIGHUP");
  const env = takeKeysFromEnvironment();
  const home = aihubHome(env);
  const configured = await readAgent(home, agentId);
  const message = mode === "print" ? await text(process.stdin) : undefined;
  if (message?.trim() === "") throw new AIHubError("message_missing");
  const store = createMirroredStore(home, terminalLogger);
  if (configured.sdk === "claude") {
    // It renews nothing, and its child decides what a signal means.
    ending.dispose();
    return (await import("./claude")).runClaude({ agent: configured, store, env, commandLine, message });
  }
  await honourNetworkEnvironment(env);
  await migrateFromPi(store, home, terminalLogger);
  const agent = unaliased(configured, await store.read());
  // Before Pi is loaded: an agent that has no key says so at once.
  const keys = createAgentKeys({ agent, home, store, env });
  const first = await keys.resolve(keys.provider);

  // Where Pi finds its themes and templates, at any time of its run.
  process.env.PI_PACKAGE_DIR = fileURLToPath(new URL("pi", import.meta.url));
  const { createRuntime } = await import("./runtime");
  const runtime = await createRuntime({ home, agent, keys, first, options: commandLine });
  const form = message === undefined ? await import("./interactive") : await import("./print");
  // What is asked of the vendor from now on would come after the end.
  await unlessAskedToEnd();
  // From here on, both forms end as their request or their person is told. Nothing is waited for in between.
  ending.dispose();
  if ("runPrint" in form) return form.runPrint(runtime, message ?? "", commandLine);
  console.log(keys.describe(first));
  await form.runInteractive(runtime);
  await store.sync();
  return 0;
}

/** The editor closes a terminal whose process has ended, and the words with it. */
async function holdScreen(): Promise<void> {
  await createInterface({ input: process.stdin, output: process.stdout }).question("\nPress Enter to close. ").catch(() => "");
}

const commandLine = readAgentCommandLine(process.argv.slice(2));

void main(commandLine)
  .catch(async (error: unknown) => {
    const message = terminalMessageOf(error);
    if (commandLine.json) writeEvent({ type: "error", code: isAIHubError(error) ? error.code : "unexpected", message });
    console.error(message);
    if (commandLine.hold) await holdScreen();
    return exitCodeOf(error);
  })
  .then((code) => {
    // What was written may still wait in a pipe; Pi's timers would keep the process, so it ends when that is through.
    process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
  });
