import { basename } from "node:path";
import * as vscode from "vscode";
import { agentModelPath, agentName, type Agent } from "../gateway/agent";
import { unaliased } from "../gateway/alias";
import { findAgentInText, readAgents } from "../gateway/config";
import { textArgument } from "./commandArguments";
import { commands } from "./ids";
import { readText } from "./openDocuments";
import type { Services } from "./services";

/**
 * The agent that a command names, else the one that the person picks.
 *
 * @param others what can be picked beside the agents that are there
 * @throws AIHubError `config_missing`, `config_invalid`, `unknown_agent`
 */
export async function chooseAgent(services: Services, title: string, named: unknown, isWanted: (agent: Agent) => boolean = () => true, others: readonly Agent[] = []): Promise<Agent | undefined> {
  const file = textArgument(named, "file");
  const id = textArgument(named, "id");
  return file && id ? findAgentInText(file, await readText(file), id) : pickAgent(services, title, isWanted, others);
}

async function pickAgent({ home, store }: Services, title: string, isWanted: (agent: Agent) => boolean, others: readonly Agent[]): Promise<Agent | undefined> {
  const { agents: all, problems } = await readAgents(home, readText);
  const agents = [...all.filter(isWanted), ...others];
  for (const { error } of problems) void vscode.window.showWarningMessage(error.message);
  const snapshot = await store.read();
  const items = agents.map((agent) => {
    const { auth, ...meant } = unaliased(agent, snapshot);
    return {
      label: agentName(agent),
      description: agentModelPath(meant),
      detail: auth ? [auth.mode, auth.profileId].filter(Boolean).join(" · ") : "auth not set",
      agent,
    };
  });
  if (items.length === 0 && all.length > 0) {
    void vscode.window.showInformationMessage("There is no agent that this is for.");
    return undefined;
  }
  if (items.length === 0) {
    const create = "Create Agent";
    const action = await vscode.window.showInformationMessage(`There are no agents in ${home} yet.`, create);
    if (action === create) await vscode.commands.executeCommand(commands.createAgent);
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { title, placeHolder: "Agent" }))?.agent;
}

export function fileNameOf(agent: Agent): string {
  return basename(agent.file);
}
