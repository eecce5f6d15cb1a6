import { agentModel, agentProvider, type Agent, type AgentAuth } from "../gateway/agent";
import { checkAgentAuth, setAgentAuth } from "../gateway/agentAuth";
import { readAgent, readAgents } from "../gateway/config";
import { aihubHome } from "../store/paths";
import { openStore } from "./context";

/** `aihub agent list` */
export async function agentList({ json }: { json?: boolean }): Promise<void> {
  const { agents, problems } = await readAgents(aihubHome());
  for (const { error } of problems) console.error(error.message);
  if (json) console.log(JSON.stringify({ agents: agents.map(summary) }, null, 2));
  else if (agents.length === 0) console.log("There are no agents yet.");
  else for (const agent of agents) console.log(line(agent));
}

/** `aihub agent set-auth <id>`; what is not named stays, `none` removes it. */
export async function agentSetAuth(id: string, options: { mode?: string; profile?: string }): Promise<void> {
  const home = aihubHome();
  const agent = await readAgent(home, id);
  const auth: AgentAuth = {
    mode: chosen(options.mode, agent.auth?.mode) as AgentAuth["mode"],
    profileId: chosen(options.profile, agent.auth?.profileId),
  };
  checkAgentAuth(agent, auth, await (await openStore()).read());
  console.log(line(await setAgentAuth(home, id, auth)));
}

function chosen(option: string | undefined, current: string | undefined): string | undefined {
  if (option === "none") return undefined;
  return option ?? current;
}

function summary(agent: Agent) {
  return {
    id: agent.id,
    name: agent.name ?? agent.id,
    sdk: agent.sdk ?? "pi",
    provider: agentProvider(agent) ?? null,
    model: agentModel(agent) ?? null,
    auth: { mode: agent.auth?.mode ?? null, profileId: agent.auth?.profileId ?? null },
  };
}

function line(agent: Agent): string {
  const { id, provider, model, auth } = summary(agent);
  const how = [auth.mode, auth.profileId].filter(Boolean).join(" ") || "auth not set";
  return `${id} · ${provider ?? "no provider"}/${model ?? "no model"} · ${how}`;
}
