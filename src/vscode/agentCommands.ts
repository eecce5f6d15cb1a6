import { chooseAgent } from "./agentPicker";
import { openAgentTerminal } from "./agentTerminal";
import type { Services } from "./services";

/** “AIHub: Launch Agent in Terminal” */
export async function launchAgent(services: Services, named?: unknown): Promise<void> {
  const agent = await chooseAgent(services, "AIHub: Launch Agent in Terminal", named);
  if (agent) openAgentTerminal(services, agent);
}
