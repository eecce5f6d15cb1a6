import { rm, writeFile } from "node:fs/promises";
import { parse, parseTree, type ParseError } from "jsonc-parser";
import { AIHubError, isAIHubError } from "../common/errors";
import { isRecord } from "../common/record";
import { findProvider } from "../providers/registry";
import type { Snapshot } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";
import type { AliasRecord } from "../store/schema";
import { agentModel, type Agent } from "./agent";
import { aliasesFor, aliasOf, namedSignIn, needsAlias } from "./alias";
import { changeAuthFile } from "./authFile";
import { agentInText, openDocument, readAgent, readAgents, readConfigText } from "./config";
import { changeConfig, editConfig } from "./editConfig";
import { setInJson } from "./jsonEdit";
import type { MirroredStore } from "./mirroredStore";
import { modelsFile } from "./paths";

/** As Pi reads `models.json`. */
const lenient = { allowTrailingComma: true, disallowComments: false };

/** What stands in a `models.json` that was made for an alias alone. */
const emptyModels = '{\n  "providers": {}\n}\n';

/** Pi asks for it beside models of one's own, and takes the one in `auth.json` first. It names no variable and no command. */
const keyPlaceholder = "the-key-is-in-auth.json";

/**
 * Makes the gateway run an agent on the sign-in that its `auth.profileId` names, though that is not the first of its
 * provider: by an alias. `leaveGatewayProfile` takes every step back.
 *
 * @returns the alias's name
 * @throws AIHubError `alias_needs_sign_in`, `alias_not_needed`, `alias_not_possible`, `config_invalid`, `store_busy`, `store_not_writable`
 */
export async function useGatewayProfile(home: string, store: MirroredStore, agentId: string): Promise<string> {
  const agent = await readAgent(home, agentId);
  const snapshot = await store.read();
  const existing = aliasOf(agent, snapshot);
  if (existing) return existing.name;
  const profile = namedSignIn(agent, snapshot);
  const model = agentModel(agent);
  if (!profile || !model) throw new AIHubError("alias_needs_sign_in", { agent: agentId });
  if (!needsAlias(agent, snapshot)) throw new AIHubError("alias_not_needed", { agent: agentId, profile });
  const provider = findProvider(providerOf(profile));
  if (!provider?.bareKey) throw new AIHubError("alias_not_possible", { provider: provider?.name ?? providerOf(profile) });

  const text = (await modelsText(home)) ?? emptyModels;
  const known = snapshot.index.mirror?.aliases ?? {};
  const name = Object.keys(known).find((each) => known[each]?.profile === profile) ?? freeName(profile, text);
  const entry = { ...provider.bareKey, apiKey: keyPlaceholder, models: modelsWith(text, name, model) };
  const edit = { provider: name, model, mode: "api_key" };
  // Nothing is made for an agent whose file does not take the edit.
  withAgent(agent, await readConfigText(agent.file), edit);
  try {
    await changeModels(home, (current) => withProvider(current, name, entry));
    await store.update(({ index }) => {
      const aliases = index.mirror?.aliases ?? {};
      const before = { provider: agent.model?.provider, model: agent.model?.model, mode: agent.auth?.mode };
      index.mirror = { ...index.mirror, aliases: { ...aliases, [name]: { ...aliases[name], profile, agents: { ...aliases[name]?.agents, [agentId]: JSON.parse(JSON.stringify(before)) as AliasRecord["agents"][string] } } } };
    });
    // The agent last: it must never be without a key.
    await store.sync();
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
 * Gives an agent back what it had before its alias, byte for byte where nobody has changed it since; the last one takes
 * the alias itself away. An agent that is gone, or that somebody has taken off its alias by hand, stays as it is.
 *
 * @throws AIHubError `alias_missing`, and as `useGatewayProfile`
 */
export async function leaveGatewayProfile(home: string, store: MirroredStore, agentId: string): Promise<void> {
  const snapshot = await store.read();
  const names = aliasesFor(agentId, snapshot);
  if (names.length === 0) throw new AIHubError("alias_missing", { agent: agentId });
  const agent = await existingAgent(home, agentId);
  const alias = agent && aliasOf(agent, snapshot);
  const before = alias && snapshot.index.mirror?.aliases?.[alias.name]?.agents[agentId];
  if (before) await changeAgent(home, agent, { provider: before.provider, model: before.model ?? agent.model?.model, mode: before.mode });
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
  const isUnused = await store.update(({ index }) => {
    const { [name]: alias, ...others } = index.mirror?.aliases ?? {};
    const { [agentId]: _gone, ...agents } = alias?.agents ?? {};
    const isLast = Object.keys(agents).length === 0;
    index.mirror = { ...index.mirror, aliases: alias && !isLast ? { ...others, [name]: { ...alias, agents } } : others };
    return isLast;
  });
  if (!isUnused) return;
  await changeModels(home, (current) => withProvider(current, name, undefined));
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

async function changeModels(home: string, change: (text: string) => string): Promise<void> {
  const file = modelsFile(home);
  if ((await modelsText(home)) === undefined) await writeFile(file, emptyModels, { flag: "wx" });
  let isEmpty = false;
  await changeConfig(home, file, (text) => {
    const next = change(text);
    isEmpty = next === emptyModels;
    return next;
  });
  if (isEmpty) await rm(file);
}

/** The text of `models.json`; `undefined` when there is none. */
async function modelsText(home: string): Promise<string | undefined> {
  const file = modelsFile(home);
  try {
    const text = await readConfigText(file);
    const errors: ParseError[] = [];
    parse(text, errors, lenient);
    // Comments are allowed here; what is wrong is told as for any other file.
    if (errors.length > 0) openDocument(file, text);
    return text;
  } catch (error) {
    if (!isAIHubError(error, "config_missing")) throw error;
    return undefined;
  }
}

function withProvider(text: string, name: string, entry: Record<string, unknown> | undefined): string {
  const tree = parseTree(text, [], lenient);
  if (!tree) return text;
  const hasProviders = parse(text, [], lenient) as { providers?: unknown };
  return hasProviders.providers === undefined ? setInJson(text, tree, ["providers"], { [name]: entry }) : setInJson(text, tree, ["providers", name], entry);
}

/** The models of the alias, with this one among them. */
function modelsWith(text: string, name: string, model: string): { id: string }[] {
  const models = entryIn(text, name)?.models;
  const known = Array.isArray(models) ? (models as { id: string }[]) : [];
  return known.some(({ id }) => id === model) ? known : [...known, { id: model }];
}

/** For example `anthropic-work`; a name that a person gave to a provider of theirs is not taken. */
function freeName(profile: string, text: string): string {
  const name = profile.replace(/[^\w.-]+/g, "-");
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!entryIn(text, candidate)) return candidate;
  }
}

function entryIn(text: string, name: string): Record<string, unknown> | undefined {
  const { providers } = (parse(text, [], lenient) ?? {}) as { providers?: Record<string, unknown> };
  const entry = providers?.[name];
  return isRecord(entry) ? entry : undefined;
}
