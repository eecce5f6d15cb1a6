import * as vscode from "vscode";
import { agentProcess } from "../agent/launch";
import type { Agent } from "../gateway/agent";
import type { Services } from "./services";

/** Starts an agent in a terminal of its own. Nothing secret is in its options: other extensions can read them. */
export function openAgentTerminal({ distribution, home }: Services, agent: Agent): vscode.Terminal {
  const { executable, args, env } = agentProcess(distribution, home, agent.id, "interactive");
  const terminal = vscode.window.createTerminal({
    name: agent.name ?? agent.id,
    shellPath: executable,
    shellArgs: args,
    env,
    iconPath: new vscode.ThemeIcon("hubot"),
    // A revived terminal would start the agent without anybody having asked for it.
    isTransient: true,
  });
  terminal.show();
  return terminal;
}
