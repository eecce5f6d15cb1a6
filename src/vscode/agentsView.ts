import * as vscode from "vscode";
import { isAIHubError, messageOf } from "../common/errors";
import { agentModelPath, agentName, runsOnPi, type Agent } from "../gateway/agent";
import { agentAccount } from "../gateway/agentAccount";
import { createAgentReader } from "../gateway/agentReader";
import { aliasesFor, needsAlias } from "../gateway/alias";
import { configFile } from "../gateway/paths";
import type { Snapshot } from "../store/credentialStore";
import { watchFiles } from "../store/watch";
import { gatewayOf } from "./gatewayConnection";
import type { Services } from "./services";
import type { TreeNode } from "./treeNodes";

/** How often the agents' own files, which may be anywhere, are looked at while the view is seen, in ms. */
const lookInterval = 10_000;

/** The rows of the agents: what each does in the gateway, and whose account it runs on. */
export interface AgentRows {
  draw(): Promise<TreeNode[]>;
  item(node: TreeNode): vscode.TreeItem;
}

/**
 * Follows the agents' files, the sign-ins and the gateway while the view is seen, and asks for a new drawing when the
 * rows differ: a tree that is drawn anew drops a menu that stands open on it.
 */
export function openAgentRows(services: Services, view: Pick<vscode.TreeView<TreeNode>, "visible" | "onDidChangeVisibility">, redraw: () => void): AgentRows {
  const { home, store, log, subscriptions } = services;
  const gateway = gatewayOf(services);
  const reader = createAgentReader(home);
  let drawn = "";
  let isDue = false;
  let areFilesDue = false;
  let isLooking = false;

  const rows = async (): Promise<TreeNode[]> => {
    const snapshot = await store.read();
    const fault = gateway.fault();
    // That no gateway runs is no fault.
    const faults: TreeNode[] = isAIHubError(fault, "gateway_refused", "gateway_url_invalid", "environment_variable_missing") ? [{ kind: "problem", error: fault }] : [];
    const states = gateway.state()?.agents;
    try {
      const { agents, problems } = await reader.agents();
      const found = agents.map((agent): TreeNode => {
        const state = states?.get(agent.id);
        const description = [state ?? (states ? "unknown" : undefined), agentAccount(agent, snapshot).text].filter(Boolean).join(" · ");
        return { kind: "agent", file: agent.file, id: agent.id, shown: agent, description, isStreaming: state === "streaming", context: contextOf(agent, snapshot) };
      });
      return [...faults, ...found, ...problems.map(({ error }): TreeNode => ({ kind: "problem", error }))];
    } catch (error) {
      // Without a config the view says how to begin.
      if (isAIHubError(error, "config_missing")) return faults;
      if (isAIHubError(error)) return [...faults, { kind: "problem", error }];
      throw error;
    }
  };

  const lookWhileDue = async () => {
    isLooking = true;
    try {
      while (isDue && view.visible) {
        isDue = false;
        if (areFilesDue) {
          areFilesDue = false;
          await reader.refresh();
        }
        if (seenOf(await rows()) !== drawn) redraw();
      }
    } catch (error) {
      log.warn(messageOf(error));
    } finally {
      isLooking = false;
    }
  };
  /** What comes while one look is under way, or while nobody sees the view, is looked at together. */
  const look = () => {
    isDue = true;
    if (!isLooking) void lookWhileDue();
  };
  const lookAtFiles = () => {
    areFilesDue = true;
    look();
  };

  const timer = setInterval(lookAtFiles, lookInterval);
  subscriptions.push(
    ...[gateway.onDidChange(look), store.onDidChange(look), view.onDidChangeVisibility(lookAtFiles)],
    ...[watchFiles([configFile(home)], lookAtFiles), { dispose: () => clearInterval(timer) }],
  );
  return {
    async draw() {
      const now = await rows();
      drawn = seenOf(now);
      return now;
    },
    item: agentItem,
  };
}

/** By which the menus of package.json know what fits an agent: what it runs on, and then what may be done about its account on the gateway. */
function contextOf(agent: Agent, snapshot: Snapshot): string {
  const kind = runsOnPi(agent) ? "piAgent" : agent.sdk === "claude" ? "claudeAgent" : "otherAgent";
  return [kind, ...(needsAlias(agent, snapshot) ? ["needsGatewayProfile"] : []), ...(aliasesFor(agent.id, snapshot).length > 0 ? ["hasGatewayProfile"] : [])].join(" ");
}

/** What people see of rows. Of an agent that is a small part: the rest may be long, and YAML may refer to itself. */
function seenOf(nodes: readonly TreeNode[]): string {
  const items = nodes.map(agentItem);
  return JSON.stringify(items.map(({ id, label, description, tooltip, contextValue, iconPath }) => [id, label, description, tooltip, contextValue, iconPath]));
}

function agentItem(node: TreeNode): vscode.TreeItem {
  if (node.kind === "problem") return problemItem(node);
  if (node.kind !== "agent") return new vscode.TreeItem("");
  const { shown: agent, description, isStreaming, context } = node;
  const item = new vscode.TreeItem(agentName(agent));
  // Nothing keeps two agents of an aihub.json from having the same id; two rows must not.
  item.id = [agent.file, ...agent.path, agent.id].join(" ");
  item.description = description;
  item.tooltip = [agentName(agent), agentModelPath(agent), description].filter(Boolean).join("\n");
  item.iconPath = new vscode.ThemeIcon(isStreaming ? "loading~spin" : "hubot");
  item.contextValue = context;
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
  } else {
    item.command = { command: "workbench.action.openSettings", title: "Open Settings", arguments: ["aihub.gateway"] };
  }
  return item;
}
