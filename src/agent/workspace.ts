import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { AIHubError } from "../common/errors";
import type { Agent } from "../gateway/agent";
import { expandTilde } from "../store/paths";

/**
 * The folder that an agent works in; without one of its own, where it is started.
 *
 * @throws AIHubError `workspace_missing`
 */
export async function workspaceOf(agent: Agent): Promise<string> {
  if (!agent.workspace) return process.cwd();
  const workspace = resolve(expandTilde(agent.workspace));
  const isDirectory = await stat(workspace).then((stats) => stats.isDirectory(), () => false);
  if (!isDirectory) throw new AIHubError("workspace_missing", { agent: agent.id, file: workspace });
  return workspace;
}
