import * as vscode from "vscode";
import { chooseAgent } from "./agentPicker";
import { agentTerminalOptions, openAgentTerminal } from "./agentTerminal";
import type { Services } from "./services";

/** “AIHub: Launch Agent in Terminal” */
export async function launchAgent(services: Services, named?: unknown): Promise<void> {
  const agent = await chooseAgent(services, "AIHub: Launch Agent in Terminal", named);
  if (agent) await openAgentTerminal(services, agent);
}

/** “AIHub: Continue Agent in Terminal”: its last session, with all that was said. */
export async function continueAgent(services: Services, named?: unknown): Promise<void> {
  const agent = await chooseAgent(services, "AIHub: Continue Agent in Terminal", named);
  if (agent) await openAgentTerminal(services, agent, { continue: true });
}

/** “AIHub Agent” in the menu of terminals. */
export async function agentTerminalProfile(services: Services): Promise<vscode.TerminalProfile | undefined> {
  const agent = await chooseAgent(services, "AIHub: Agent for the New Terminal", undefined);
  return agent && new vscode.TerminalProfile(agentTerminalOptions(services, agent));
}
