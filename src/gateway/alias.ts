import type { Snapshot } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";
import { agentProvider, runsOnPi, type Agent } from "./agent";
import { profileInUse } from "./mirrorPlan";

/*
 * The gateway knows one account a provider. A second one gets a provider's name of its own there: in `models.json`
 * its models, in `auth.json` its access token as a key, which the mirror keeps fresh, and the agent is switched to it. What
 * the agent had before is in the index, so that every window and command line can undo it.
 */

/** The alias that an agent is switched to, by its name in `models.json`. */
export function aliasOf(agent: Agent, { index }: Snapshot): { name: string; profile: ProfileId } | undefined {
  const name = agent.model?.provider;
  const alias = name === undefined ? undefined : index.mirror?.aliases?.[name];
  return name !== undefined && alias?.agents[agent.id] ? { name, profile: alias.profile } : undefined;
}

/** The names of the aliases that were made for an agent: also of those that it has been taken off by hand since. */
export function aliasesFor(agentId: string, { index }: Snapshot): string[] {
  return Object.entries(index.mirror?.aliases ?? {}).flatMap(([name, { agents }]) => (agents[agentId] ? [name] : []));
}

/** The agent as it is meant: with the account that its alias stands for. For everything but the gateway itself. */
export function unaliased(agent: Agent, snapshot: Snapshot): Agent {
  const alias = aliasOf(agent, snapshot);
  if (!alias) return agent;
  const before = snapshot.index.mirror?.aliases?.[alias.name]?.agents[agent.id];
  return { ...agent, model: { ...agent.model, provider: before?.provider, model: before?.model ?? agent.model?.model }, auth: { ...agent.auth, mode: "oauth", profileId: alias.profile } };
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
