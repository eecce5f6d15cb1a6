import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { agentProcess } from "../agent/launch";
import { aihubHome } from "../store/paths";

/** `aihub send`: the agent runs in its own process and streams to this terminal. */
export async function send({ agent, message }: { agent: string; message: string }): Promise<void> {
  const content = message === "-" ? await text(process.stdin) : message;
  const { executable, args, env } = agentProcess(distribution(), aihubHome(), agent, "print");
  const child = spawn(executable, args, { env: { ...process.env, ...env }, stdio: ["pipe", "inherit", "inherit"] });
  // The terminal sends its Ctrl-C to both; the agent ends its request and says how.
  process.on("SIGINT", () => {});
  // The message goes through a pipe: an argument could be read by every process of the machine.
  child.stdin.on("error", () => {});
  child.stdin.end(content);
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/** The folder of the command's own bundle. The command itself is often a link to it. */
function distribution(): string {
  return dirname(realpathSync(process.argv[1] ?? ""));
}
