import { mkdir, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { stringify } from "yaml";
import { AIHubError, isAIHubError } from "../common/errors";
import { fileLock, withLock } from "../store/lock";
import { expandTilde } from "../store/paths";
import type { Agent, AgentAuth } from "./agent";
import { absolutePattern, isMatch } from "./agentFolders";
import { agentPatterns, readAgent, readAgents, readConfigText } from "./config";
import { configFile } from "./paths";
import { jsonDocument, type JsonConfigDocument } from "./document";
import { touchConfig, writeConfig } from "./writeConfig";

/** What a new agent consists of. Everything else has its default, and its place in the file. */
export interface NewAgent {
  /** Also the name of its folder, where agents have folders. */
  id: string;
  name?: string;
  /** An existing folder: absolute, or with a leading `~`. Kept as given. */
  workspace: string;
  model: { provider: string; model: string };
  auth?: AgentAuth;
}

/** For people who have no config: the shape that the gateway of today writes. */
const firstConfig = '{\n  "version": 3,\n  "agents": "./agents/*"\n}\n';

/**
 * Adds an agent to the gateway's config in the shape that it has: to `agents` of `aihub.json`, or as a folder with an
 * `agent.yaml` where its patterns look (one is added if none would find it). Without a config it makes the first one.
 * Nothing else in the files moves.
 *
 * The editor's “Create Agent” and `aihub agent create` both call this; whether `auth` fits is `checkAgentAuth`'s to say.
 *
 * @param home the home of aihub, made if it is missing
 * @returns the agent as it is read back
 * @throws AIHubError `invalid_agent_id`, `agent_exists`, `workspace_missing`, `config_invalid`, `store_busy`, `store_not_writable`
 */
export async function createAgent(home: string, agent: NewAgent): Promise<Agent> {
  checkAgentId(agent.id);
  await checkWorkspace(agent);
  const file = configFile(home);
  await makeFolder(home);
  return withLock(file, fileLock, async (ensureHeld) => {
    const existing = await configText(file);
    await checkIsNew(home, agent.id, existing);
    const text = existing ?? firstConfig;
    const document = jsonDocument(file, text);
    const patterns = agentPatterns(file, document);
    const next = patterns ? await createFolder(home, agent, patterns, document, text) : withInlineAgent(document, agent);
    if (next !== existing) await writeConfig(file, next, { isNew: existing === undefined, ensureHeld });
    else await touchConfig(home);
    return readAgent(home, agent.id);
  });
}

/** @throws AIHubError `invalid_agent_id` */
export function checkAgentId(id: string): void {
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(id)) throw new AIHubError("invalid_agent_id", { agent: id });
}

/** @returns the config's text with the agent at the end of `agents` */
function withInlineAgent(document: JsonConfigDocument, agent: NewAgent): string {
  const { agents } = document.value as { agents?: unknown[] };
  return agents ? document.withAppended(["agents"], entryOf(agent)) : document.with(["agents"], [entryOf(agent)]);
}

/** @returns the config's text, with a pattern for the new folder if there was none */
async function createFolder(home: string, agent: NewAgent, patterns: string[], document: JsonConfigDocument, text: string): Promise<string> {
  const found = patterns.map((pattern) => folderOf(absolutePattern(home, pattern), agent.id)).find((each) => each !== undefined);
  const folder = found ?? join(home, "agents", agent.id);
  const file = join(folder, "agent.yaml");
  if (await stat(file).catch(() => undefined)) throw new AIHubError("agent_exists", { agent: agent.id, file });
  await makeFolder(folder);
  await writeConfig(file, stringify(entryOf(agent), { lineWidth: 0 }), { isNew: true });
  if (found) return text;
  const added = `./agents/${agent.id}`;
  const isList = Array.isArray((document.value as { agents: unknown }).agents);
  return isList ? document.withAppended(["agents"], added) : document.with(["agents"], [...patterns, added]);
}

/** The folder of this id that a pattern finds; only its last segment may hold a `*`. */
function folderOf(pattern: string, id: string): string | undefined {
  const isOpen = !dirname(pattern).split(sep).some((segment) => segment.includes("*"));
  return isOpen && isMatch(id, basename(pattern)) ? join(dirname(pattern), id) : undefined;
}

async function checkWorkspace({ id, workspace }: NewAgent): Promise<void> {
  const isFolder = await stat(expandTilde(workspace)).then((stats) => stats.isDirectory(), () => false);
  if (!isFolder) throw new AIHubError("workspace_missing", { agent: id, file: workspace });
}

async function checkIsNew(home: string, id: string, existing: string | undefined): Promise<void> {
  if (existing === undefined) return;
  const { agents, problems } = await readAgents(home);
  const file = agents.find((agent) => agent.id === id)?.file ?? (problems.some((problem) => problem.ids.includes(id)) ? configFile(home) : undefined);
  if (file) throw new AIHubError("agent_exists", { agent: id, file });
}

async function configText(file: string): Promise<string | undefined> {
  try {
    return await readConfigText(file);
  } catch (error) {
    if (isAIHubError(error, "config_missing")) return undefined;
    throw error;
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new AIHubError("store_not_writable", { file: folder }, { cause: error });
  }
}

/** In the order in which people read it. */
function entryOf({ id, name, workspace, model, auth }: NewAgent): Record<string, unknown> {
  const { mode, profileId } = auth ?? {};
  const block = { ...(mode && { mode }), ...(profileId && { profileId }) };
  return { id, ...(name && { name }), workspace, model: { provider: model.provider, model: model.model }, ...(Object.keys(block).length > 0 && { auth: block }) };
}
