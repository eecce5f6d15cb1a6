import { spawn } from "node:child_process";
import { AIHubError } from "../common/errors";
import { agentProcess } from "./launch";

/**
 * Runs one agent for one message in its own process, and tells its answer as it comes.
 *
 * @throws AIHubError `agent_failed` with the last line that it said, `cancelled`
 */
export async function streamAgent(distribution: string, home: string, agentId: string, message: string, onText: (text: string) => void, signal: AbortSignal): Promise<void> {
  const { executable, args, env } = agentProcess(distribution, home, agentId, "print");
  const child = spawn(executable, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  // The agent ends its request and itself; one that does not is ended.
  const abort = () => {
    child.kill("SIGINT");
    setTimeout(() => child.kill("SIGKILL"), 5_000).unref();
  };
  signal.addEventListener("abort", abort, { once: true });
  child.stdout.setEncoding("utf8").on("data", onText);
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  // The message goes through a pipe: an argument could be read by every process of the machine.
  child.stdin.on("error", () => {});
  child.stdin.end(message);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  }).finally(() => signal.removeEventListener("abort", abort));
  if (signal.aborted) throw new AIHubError("cancelled");
  if (code !== 0) throw new AIHubError("agent_failed", { agent: agentId, reason: complaint.trim().split("\n").at(-1) });
}
