import { resolve } from "node:path";
import { aliasesFor, unaliased, withoutAlias } from "../gateway/alias";
import { checkAgentAuth, setAgentAuth } from "../gateway/agentAuth";
import type { AgentAuth } from "../gateway/agent";
import { readAgents, readAgentToEdit } from "../gateway/config";
import { createAgent } from "../gateway/createAgent";
import { leaveGatewayProfile } from "../gateway/gatewayProfile";
import { aihubHome, expandTilde } from "../store/paths";
import { agentLine, agentSummary } from "./agentSummary";
import { openStore } from "./context";

/** `aihub agent list` */
export async function agentList({ json }: { json?: boolean }): Promise<void> {
  const { agents: configured, problems } = await readAgents(aihubHome());
  const snapshot = await (await openStore()).read();
  const agents = configured.map((agent) => unaliased(agent, snapshot));
  for (const { error } of problems) console.error(error.message);
  if (json) console.log(JSON.stringify({ agents: agents.map(agentSummary) }, null, 2));
  else if (agents.length === 0) console.log("There are no agents yet. Run 'aihub agent create' to make one.");
  else for (const agent of agents) console.log(agentLine(agent));
}

/** `aihub agent set-auth <id>`; what is not named stays, `none` removes it. */
export async function agentSetAuth(id: string, options: { mode?: string; profile?: string }): Promise<void> {
  const home = aihubHome();
  const store = await openStore();
  const snapshot = await store.read();
  const agent = withoutAlias(await readAgentToEdit(home, id), snapshot);
  const auth: AgentAuth = {
    mode: chosen(options.mode, agent.auth?.mode) as AgentAuth["mode"],
    profileId: chosen(options.profile, agent.auth?.profileId),
  };
  checkAgentAuth(agent, auth, snapshot);
  // What is set anew must not stand beside an alias for the gateway.
  if (aliasesFor(id, snapshot).length > 0) await leaveGatewayProfile(home, store, id);
  console.log(agentLine(await setAgentAuth(home, id, auth)));
}

export interface CreateOptions {
  name?: string;
  workspace: string;
  provider: string;
  model: string;
  mode?: string;
  profile?: string;
}

/** `aihub agent create <id>` */
export async function agentCreate(id: string, { name, workspace, provider, model, mode, profile }: CreateOptions): Promise<void> {
  const auth: AgentAuth = { mode: mode as AgentAuth["mode"], profileId: profile };
  const agent = { id, name, workspace: lasting(workspace), model: { provider, model }, auth };
  checkAgentAuth({ ...agent, file: "", path: [] }, auth, await (await openStore()).read());
  const created = await createAgent(aihubHome(), agent);
  console.log(`${agentLine(created)} · ${created.file}`);
}

/** A folder that means the same wherever the agent is started; one under the home (`~`) stays as it is written. */
function lasting(folder: string): string {
  return expandTilde(folder) === folder ? resolve(folder) : folder;
}

function chosen(option: string | undefined, current: string | undefined): string | undefined {
  if (option === "none") return undefined;
  return option ?? current;
}
