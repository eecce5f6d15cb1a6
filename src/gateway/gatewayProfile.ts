import { isDeepStrictEqual } from "node:util";
import { AIHubError, isAIHubError } from "../common/errors";
import { isRecord } from "../common/record";
import { findProvider } from "../providers/registry";
import type { Snapshot } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";
import type { AliasRecord } from "../store/schema";
import { agentModel, type Agent } from "./agent";
import { aliasesFor, aliasMode, aliasOf, namedSignIn, needsAlias, unaliased, withoutAlias } from "./alias";
import { changeAuthFile, readAuthFile } from "./authFile";
import { agentInText, readAgent, readAgents, readConfigText } from "./config";
import { changeConfig, editConfig } from "./editConfig";
import type { MirroredStore } from "./mirroredStore";
import { aliasEntry, isSwitchedOff } from "./mirrorPlan";
import { missingIn, readModels, removeModelsProvider, setModelsProvider, withModel } from "./modelsFile";
import { gatewayAuthFile } from "./paths";

/** Pi asks for it beside models of one's own, and takes the one in `auth.json` first. It names no variable and no command. */
const keyPlaceholder = "the-key-is-in-auth.json";

/**
 * Makes the gateway run an agent on the sign-in that its `auth.profileId` names, though that is not the first of its
 * provider: by an alias. `leaveGatewayProfile` takes every step back.
 *
 * Where the agent has one already, it sees to it that the agent's model is there.
 *
 * @returns the alias's name
 * @throws AIHubError `gateway_copy_off`, `alias_needs_sign_in`, `alias_not_needed`, `alias_not_possible`, `alias_without_key`, `config_invalid`,
 *   `store_invalid`, `store_busy`, `store_not_writable`
 */
export async function useGatewayProfile(home: string, store: MirroredStore, agentId: string): Promise<string> {
  const agent = await readAgent(home, agentId);
  const snapshot = await store.read();
  if (isSwitchedOff(snapshot)) throw new AIHubError("gateway_copy_off");
  const existing = aliasOf(agent, snapshot);
  if (existing) await addModel(home, existing.name, existing.profile, agentModel(unaliased(agent, snapshot)));
  if (existing) return existing.name;
  const profile = namedSignIn(agent, snapshot);
  const model = agentModel(agent);
  if (!profile || !model) throw new AIHubError("alias_needs_sign_in", { agent: agentId });
  if (!needsAlias(agent, snapshot)) throw new AIHubError("alias_not_needed", { agent: agentId, profile });
  const provider = findProvider(providerOf(profile));
  if (!provider?.bareKey) throw new AIHubError("alias_not_possible", { provider: provider?.name ?? providerOf(profile) });

  const models = await readModels(home);
  const known = snapshot.index.mirror?.aliases ?? {};
  const taken = [models?.providers, await readAuthFile(home), known].flatMap((names) => Object.keys(names ?? {}));
  const name = Object.keys(known).find((each) => known[each]?.profile === profile) ?? freeName(profile, taken);
  const edit = { provider: name, model, mode: aliasMode };
  // Nothing is made for an agent whose file does not take the edit.
  const text = await readConfigText(agent.file);
  withAgent(agentInText(agent.file, text, agentId), text, edit);
  try {
    await store.update(({ index }) => {
      const aliases = index.mirror?.aliases ?? {};
      const before = { provider: agent.model?.provider, model: agent.model?.model, mode: agent.auth?.mode };
      const made = index.mirror?.models ?? missingIn(models);
      index.mirror = {
        ...index.mirror,
        ...(made && { models: made }),
        aliases: { ...aliases, [name]: { ...aliases[name], profile, agents: { ...aliases[name]?.agents, [agentId]: JSON.parse(JSON.stringify(before)) as AliasRecord["agents"][string] } } },
      };
    });
    await addModel(home, name, profile, model);
    await store.sync();
    await checkKey(home, store, name, profile);
    // The agent last: it must never be without a key.
    await changeAgent(home, agent, edit);
  } catch (error) {
    // What went wrong is worth more than what is left of it, which “Undo” takes back as well.
    await forget(home, store, name, agentId).catch(() => {});
    throw error;
  }
  for (const other of aliasesFor(agentId, snapshot)) if (other !== name) await forget(home, store, other, agentId);
  return name;
}

/**
 * Gives an agent back what it had before its alias, byte for byte where nobody has changed it since; what somebody has
 * changed stays. The last agent takes the alias itself away. One that is gone, or has another provider by now, stays as it is.
 *
 * @throws AIHubError `alias_missing`, and as `useGatewayProfile`
 */
export async function leaveGatewayProfile(home: string, store: MirroredStore, agentId: string): Promise<void> {
  const snapshot = await store.read();
  const names = aliasesFor(agentId, snapshot);
  if (names.length === 0) throw new AIHubError("alias_missing", { agent: agentId });
  const agent = await existingAgent(home, agentId);
  const own = agent && withoutAlias(agent, snapshot);
  if (own && own !== agent) await changeAgent(home, agent, { provider: own.model?.provider, model: own.model?.model, mode: own.auth?.mode });
  for (const name of names) await forget(home, store, name, agentId);
}

/** The agents that have an alias and are in the config no more, each with the profile that it had. */
export async function goneAgents(home: string, snapshot: Snapshot): Promise<{ id: string; profile: ProfileId }[]> {
  const aliases = Object.values(snapshot.index.mirror?.aliases ?? {});
  const candidates = aliases.flatMap(({ profile, agents }) => Object.keys(agents).map((id) => ({ id, profile })));
  if (candidates.length === 0) return [];
  const { agents, problems } = await readAgents(home);
  const there = new Set([...agents.map(({ id }) => id), ...problems.flatMap(({ ids }) => ids)]);
  return candidates.filter(({ id }) => !there.has(id));
}

/** One that is broken may be there again: only one that is not there is none. */
async function existingAgent(home: string, id: string): Promise<Agent | undefined> {
  try {
    return await readAgent(home, id);
  } catch (error) {
    if (isAIHubError(error, "unknown_agent")) return undefined;
    throw error;
  }
}

/** Takes an agent off an alias, and the alias away with its last one. */
async function forget(home: string, store: MirroredStore, name: string, agentId: string): Promise<void> {
  const { isUnused, made } = await store.update(({ index }) => {
    const { models, ...mirror } = index.mirror ?? {};
    const { [name]: alias, ...others } = mirror.aliases ?? {};
    const { [agentId]: _gone, ...agents } = alias?.agents ?? {};
    const isLast = Object.keys(agents).length === 0;
    const aliases = alias && !isLast ? { ...others, [name]: { ...alias, agents } } : others;
    const isNoneLeft = Object.keys(aliases).length === 0;
    index.mirror = { ...mirror, aliases, ...(models && !isNoneLeft && { models }) };
    return { isUnused: isLast, made: isNoneLeft ? models : undefined };
  });
  if (!isUnused) return;
  await removeModelsProvider(home, name, made);
  await changeAuthFile(home, ({ [name]: ours, ...rest }) => Promise.resolve(isRecord(ours) && ours.type === "api_key" ? rest : undefined));
}

interface AgentEdit {
  provider: string | undefined;
  model: string | undefined;
  mode: string | undefined;
}

async function changeAgent(home: string, agent: Agent, edit: AgentEdit): Promise<void> {
  // Others may have come before it in the file since it was read.
  await changeConfig(home, agent.file, (text) => withAgent(agentInText(agent.file, text, agent.id), text, edit));
}

/** @throws AIHubError `config_invalid` where the file cannot be edited in place */
function withAgent({ file, path }: Agent, text: string, { provider, model, mode }: AgentEdit): string {
  const values: [string[], string | undefined][] = [
    [["model", "provider"], provider],
    [["model", "model"], model],
    [["auth", "mode"], mode],
  ];
  return values.reduce((result, [keys, value]) => editConfig(file, result, [...path, ...keys], value), text);
}

/** Sees to it that the gateway finds a model under the alias's name. What somebody has added to the entry stays. */
async function addModel(home: string, name: string, profile: ProfileId, model: string | undefined): Promise<void> {
  const bareKey = findProvider(providerOf(profile))?.bareKey;
  if (!bareKey || !model) return;
  await setModelsProvider(home, name, (entry) => ({ ...(isRecord(entry) ? entry : {}), ...bareKey, apiKey: keyPlaceholder, models: withModel(entry, model) }));
}

/**
 * Whether the account's key is in `auth.json` by now: `sync` tells nobody what was in its way.
 *
 * @throws AIHubError `alias_without_key`, `store_invalid`, `store_not_secure`
 */
async function checkKey(home: string, store: MirroredStore, name: string, profile: ProfileId): Promise<void> {
  const theirs = (await readAuthFile(home))[name];
  const credential = (await store.read()).credentials[profile];
  if (!credential || !isDeepStrictEqual(theirs, aliasEntry(credential))) throw new AIHubError("alias_without_key", { profile, file: gatewayAuthFile(home) });
}

/** For example `anthropic-work`; a name that a person gave to a provider or a key of theirs is not taken. */
function freeName(profile: string, taken: readonly string[]): string {
  const name = profile.replace(/[^\w.-]+/g, "-");
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!taken.includes(candidate)) return candidate;
  }
}
