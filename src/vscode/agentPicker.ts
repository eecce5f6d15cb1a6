import * as vscode from "vscode";
import { agentModel, agentProvider, type Agent } from "../gateway/agent";
import { readAgents } from "../gateway/config";
import type { Services } from "./services";

/** @throws AIHubError `config_missing`, `config_invalid` */
export async function pickAgent({ home }: Services, title: string): Promise<Agent | undefined> {
  const { agents, problems } = await readAgents(home);
  for (const { error } of problems) void vscode.window.showWarningMessage(error.message);
  const items = agents.map((agent) => ({
    label: agent.name ?? agent.id,
    description: [agentProvider(agent), agentModel(agent)].filter(Boolean).join("/"),
    detail: agent.auth ? [agent.auth.mode, agent.auth.profileId].filter(Boolean).join(" · ") : "auth not set",
    agent,
  }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage(`There are no agents in ${home}.`);
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { title, placeHolder: "Agent" }))?.agent;
}
