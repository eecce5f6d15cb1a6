import { agentModel, agentName, agentProvider, type Agent } from "../gateway/agent";

/** An agent as its configuration says, for programs. */
export function agentSummary(agent: Agent) {
  return {
    id: agent.id,
    name: agentName(agent),
    sdk: agent.sdk ?? "pi",
    provider: agentProvider(agent) ?? null,
    model: agentModel(agent) ?? null,
    auth: { mode: agent.auth?.mode ?? null, profileId: agent.auth?.profileId ?? null },
  };
}

/** The same for people. */
export function agentLine(agent: Agent): string {
  const { id, provider, model, auth } = agentSummary(agent);
  const how = [auth.mode, auth.profileId].filter(Boolean).join(" ") || "auth not set";
  return `${id} · ${provider ?? "no provider"}/${model ?? "no model"} · ${how}`;
}
