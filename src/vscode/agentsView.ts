import * as vscode from "vscode";
import { isAIHubError } from "../common/errors";
import { agentModelPath, agentName } from "../gateway/agent";
import { agentAccount } from "../gateway/agentAccount";
import { readAgents } from "../gateway/config";
import { gatewayOf } from "./gatewayConnection";
import type { Services } from "./services";
import type { TreeNode } from "./treeNodes";

/** The rows of the agents: what each does in the gateway, and whose account it runs on. */
export async function agentNodes(services: Services): Promise<TreeNode[]> {
  const snapshot = await services.store.read();
  const states = gatewayOf(services).state()?.agents;
  try {
    const { agents, problems } = await readAgents(services.home);
    const rows = agents.map((agent): TreeNode => {
      const state = states?.get(agent.id);
      const description = [state ?? (states ? "unknown" : undefined), agentAccount(agent, snapshot).text].filter(Boolean).join(" · ");
      return { kind: "agent", file: agent.file, id: agent.id, shown: agent, description, isStreaming: state === "streaming" };
    });
    return [...rows, ...problems.map(({ error }): TreeNode => ({ kind: "problem", error }))];
  } catch (error) {
    // Without a config the view says how to begin.
    if (isAIHubError(error, "config_missing")) return [];
    if (isAIHubError(error)) return [{ kind: "problem", error }];
    throw error;
  }
}

export function agentItem(node: TreeNode): vscode.TreeItem {
  if (node.kind === "problem") return problemItem(node);
  if (node.kind !== "agent") return new vscode.TreeItem("");
  const { shown: agent, description, isStreaming } = node;
  const item = new vscode.TreeItem(agentName(agent));
  // Nothing keeps two agents of an aihub.json from having the same id; two rows must not.
  item.id = [agent.file, ...agent.path, agent.id].join(" ");
  item.description = description;
  item.tooltip = [agentName(agent), agentModelPath(agent), description].filter(Boolean).join("\n");
  item.iconPath = new vscode.ThemeIcon(isStreaming ? "loading~spin" : "hubot");
  item.contextValue = agent.sdk === undefined || agent.sdk === "pi" ? "agent" : "otherAgent";
  return item;
}

function problemItem({ error }: Extract<TreeNode, { kind: "problem" }>): vscode.TreeItem {
  const { file, line = 1, column = 1 } = error.details;
  const item = new vscode.TreeItem(error.message);
  item.iconPath = new vscode.ThemeIcon("error", new vscode.ThemeColor("problemsErrorIcon.foreground"));
  item.tooltip = error.message;
  if (file) {
    const place = new vscode.Range(line - 1, column - 1, line - 1, column - 1);
    item.command = { command: "vscode.open", title: "Open", arguments: [vscode.Uri.file(file), { selection: place }] };
  }
  return item;
}
