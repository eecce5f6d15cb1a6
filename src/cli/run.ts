import { agentProcess } from "../agent/launch";
import { AIHubError } from "../common/errors";
import { aihubHome } from "../store/paths";
import { distribution } from "./distribution";
import { runInForeground } from "./foreground";

/** `aihub run`: the interactive agent in this terminal. */
export async function run(agent: string, options: { continue?: boolean; session?: string }): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) throw new AIHubError("no_terminal", { agent });
  const { executable, args, env } = agentProcess(distribution(), aihubHome(), agent, "interactive", options);
  await runInForeground(executable, args, { ...process.env, ...env });
}
