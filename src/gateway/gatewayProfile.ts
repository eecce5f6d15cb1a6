import { rm, writeFile } from "node:fs/promises";
import { parse, parseTree, type ParseError } from "jsonc-parser";
import { AIHubError, isAIHubError } from "../common/errors";
import { isRecord } from "../common/record";
import { findProvider } from "../providers/registry";
import { providerOf } from "../store/profileId";
import type { AliasRecord } from "../store/schema";
import { agentModel, agentProvider, type Agent } from "./agent";
import { aliasOf } from "./alias";
import { changeAuthFile } from "./authFile";
import { openDocument, readAgent, readConfigText } from "./config";
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
 * @throws AIHubError `alias_needs_sign_in`, `alias_not_possible`, `config_invalid`, `store_busy`, `store_not_writable`
 */
export async function useGatewayProfile(home: string, store: MirroredStore, agentId: string): Promise<string> {
  const agent = await readAgent(home, agentId);
  const snapshot = await store.read();
  const existing = aliasOf(agent, snapshot);
  if (existing) return existing.name;
  const profile = agent.auth?.profileId;
  const model = agentModel(agent);
  if (!profile || !model || !snapshot.credentials[profile] || providerOf(profile) !== agentProvider(agent)) throw new AIHubError("alias_needs_sign_in", { agent: agentId });
  const provider = findProvider(providerOf(profile));
  if (!provider?.bareKey) throw new AIHubError("alias_not_possible", { provider: provider?.name ?? providerOf(profile) });

  const text = await modelsText(home);
  const known = snapshot.index.mirror?.aliases ?? {};
  const name = Object.keys(known).find((each) => known[each]?.profile === profile) ?? freeName(profile, text);
  const entry = { ...provider.bareKey, apiKey: keyPlaceholder, models: modelsWith(text, name, model) };
  await changeModels(home, (current) => withProvider(current, name, entry));
  await store.update(({ index }) => {
    const aliases = index.mirror?.aliases ?? {};
    const before = { provider: agent.model?.provider, model: agent.model?.model, mode: agent.auth?.mode };
    index.mirror = { ...index.mirror, aliases: { ...aliases, [name]: { ...aliases[name], profile, agents: { ...aliases[name]?.agents, [agentId]: JSON.parse(JSON.stringify(before)) as AliasRecord["agents"][string] } } } };
  });
  // The agent last: it must never be without a key.
  await store.sync();
  await changeAgent(home, agent, { provider: name, model, mode: "api_key" });
  return name;
}

/**
 * Gives an agent back what it had before its alias, byte for byte where nobody has changed it since; the last one takes
 * the alias itself away.
 *
 * @throws AIHubError `alias_missing`, and as `useGatewayProfile`
 */
export async function leaveGatewayProfile(home: string, store: MirroredStore, agentId: string): Promise<void> {
  const agent = await readAgent(home, agentId);
  const snapshot = await store.read();
  const alias = aliasOf(agent, snapshot);
  const record = alias && snapshot.index.mirror?.aliases?.[alias.name];
  if (!alias || !record) throw new AIHubError("alias_missing", { agent: agentId });
  const { provider, model, mode } = record.agents[agentId] ?? {};
  await changeAgent(home, agent, { provider, model: model ?? agent.model?.model, mode });

  const { [agentId]: _gone, ...others } = record.agents;
  const isLast = Object.keys(others).length === 0;
  await store.update(({ index }) => {
    const { [alias.name]: _removed, ...aliases } = index.mirror?.aliases ?? {};
    index.mirror = { ...index.mirror, aliases: isLast ? aliases : { ...aliases, [alias.name]: { ...record, agents: others } } };
  });
  if (!isLast) return;
  await changeModels(home, (current) => withProvider(current, alias.name, undefined));
  await changeAuthFile(home, ({ [alias.name]: ours, ...rest }) => Promise.resolve(isRecord(ours) && ours.type === "api_key" ? rest : undefined));
}

async function changeAgent(home: string, agent: Agent, { provider, model, mode }: { provider?: string; model?: string; mode?: string }): Promise<void> {
  const values: [string[], string | undefined][] = [
    [["model", "provider"], provider],
    [["model", "model"], model],
    [["auth", "mode"], mode],
  ];
  await changeConfig(home, agent.file, (text) => values.reduce((result, [path, value]) => editConfig(agent.file, result, [...agent.path, ...path], value), text));
}

async function changeModels(home: string, change: (text: string) => string): Promise<void> {
  const file = modelsFile(home);
  await modelsText(home);
  let isEmpty = false;
  await changeConfig(home, file, (text) => {
    const next = change(text);
    isEmpty = next === emptyModels;
    return next;
  });
  if (isEmpty) await rm(file);
}

/** The text of `models.json`, which is made when there is none. */
async function modelsText(home: string): Promise<string> {
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
    await writeFile(file, emptyModels, { flag: "wx" });
    return emptyModels;
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
