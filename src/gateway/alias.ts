import type { Snapshot } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";
import type { AliasRecord } from "../store/schema";
import { agentModel, agentProvider, runsOnPi, type Agent, type AgentAuth } from "./agent";
import { profileInUse } from "./mirrorPlan";

/*
 * The gateway knows one account a provider. A second one gets a provider's name of its own there: in `models.json`
 * its models, in `auth.json` its access token as a key, which the mirror keeps fresh, and the agent is switched to it. What
 * the agent had before is in the index, so that every window and command line can undo it.
 */

/** How an agent on an alias authenticates: by the key that stands in `auth.json`. */
export const aliasMode = "api_key";

/** The alias that an agent runs on, by its name in `models.json`. One whose mode or profile somebody has changed since is off it: its file counts. */
export function aliasOf(agent: Agent, { index }: Snapshot): { name: string; profile: ProfileId } | undefined {
  const name = agent.model?.provider;
  const alias = name === undefined ? undefined : index.mirror?.aliases?.[name];
  if (name === undefined || !alias?.agents[agent.id]) return undefined;
  return agent.auth?.mode === aliasMode && agent.auth.profileId === alias.profile ? { name, profile: alias.profile } : undefined;
}

/** The names of the aliases that were made for an agent: also of those that it has been taken off by hand since. */
export function aliasesFor(agentId: string, { index }: Snapshot): string[] {
  return Object.entries(index.mirror?.aliases ?? {}).flatMap(([name, { agents }]) => (agents[agentId] ? [name] : []));
}

/** The agent as it is meant: with the account that its alias stands for. For everything but the gateway itself. */
export function unaliased(agent: Agent, snapshot: Snapshot): Agent {
  const alias = aliasOf(agent, snapshot);
  if (!alias) return agent;
  return { ...withoutAlias(agent, snapshot), auth: { ...agent.auth, mode: "oauth", profileId: alias.profile } };
}

/** The agent as it is when its alias is taken back: as before, except for what somebody has changed since. */
export function withoutAlias(agent: Agent, { index }: Snapshot): Agent {
  const alias = index.mirror?.aliases?.[agent.model?.provider ?? ""];
  const before = alias?.agents[agent.id];
  if (!alias || !before) return agent;
  const model = agent.model?.model;
  const mode = agent.auth?.mode;
  const prefix = before.provider === undefined ? `${providerOf(alias.profile)}/` : "";
  const changed = model?.startsWith(prefix) ? model : model && prefix + model;
  return {
    ...agent,
    model: { ...agent.model, provider: before.provider, model: model === aliasModel(before) ? before.model : changed },
    auth: { ...agent.auth, mode: mode === aliasMode ? (before.mode as AgentAuth["mode"]) : mode },
  };
}

/** What an agent has in its alias's place for the model that it had before. */
function aliasModel({ provider, model }: AliasRecord["agents"][string]): string | undefined {
  return agentModel({ model: { provider, model } });
}

/** Whether an agent names an account that the gateway would not use for it: that runs on the first of the provider. */
export function needsAlias(agent: Agent, snapshot: Snapshot): boolean {
  const named = namedSignIn(agent, snapshot);
  const inUse = named && profileInUse(providerOf(named), snapshot);
  return inUse !== undefined && inUse[0] !== named;
}

/** The sign-in of its model's provider that an agent names. */
export function namedSignIn(agent: Agent, { credentials }: Snapshot): ProfileId | undefined {
  const { mode = "oauth", profileId } = agent.auth ?? {};
  if (!runsOnPi(agent) || mode !== "oauth" || !profileId || !credentials[profileId]) return undefined;
  return providerOf(profileId) === agentProvider(agent) ? profileId : undefined;
}
