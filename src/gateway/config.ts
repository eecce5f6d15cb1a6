import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import * as z from "zod/mini";
import { AIHubError, isAIHubError, systemCode } from "../common/errors";
import { isRecord, membersOf } from "../common/record";
import { agentSchema, type Agent } from "./agent";
import { expandFolders } from "./agentFolders";
import { jsonDocument, yamlDocument, type ConfigDocument } from "./document";
import { configFile } from "./paths";

/** `version: 3` names agent folders; before it, the agents stand in the file. */
const foldersSchema = z.looseObject({ version: z.literal(3), agents: z.union([z.string(), z.array(z.string())]) });
const inlineSchema = z.looseObject({ agents: z.optional(z.array(agentSchema)) });

/** The agents that can be used, and what is wrong with the folders of the others. */
export interface AgentList {
  agents: Agent[];
  problems: AgentProblem[];
}

interface AgentProblem {
  /** The names that people may know the agent by: its folder's, and its id as far as that can be read. */
  ids: string[];
  error: AIHubError;
}

/** After so many files there is a breath, so that an editor's other work never waits for long. */
const filesAtOnce = 50;

/** Where a file's text comes from: the disk, or an editor in which it is open and not saved yet. */
export type ReadText = (file: string) => Promise<string>;

/**
 * The agents of the gateway's config, of either shape. One broken agent folder does not hide the others.
 *
 * @throws AIHubError `config_missing`, `config_invalid` with file, line and column
 */
export async function readAgents(home: string, read: ReadText = readConfigText): Promise<AgentList> {
  const file = configFile(home);
  const text = await read(file);
  const patterns = agentPatterns(file, jsonDocument(file, text));
  if (!patterns) return { agents: agentsInText(file, text), problems: [] };
  const folders = await expandFolders(home, patterns);
  const list: AgentList = { agents: [], problems: [] };
  for (let start = 0; start < folders.length; start += filesAtOnce) {
    for (const { agents, problems } of await Promise.all(folders.slice(start, start + filesAtOnce).map((folder) => readFolder(folder, read)))) {
      list.agents.push(...agents);
      list.problems.push(...problems);
    }
    await breathe();
  }
  return list;
}

async function readFolder(folder: string, read: ReadText): Promise<AgentList> {
  const file = join(folder, "agent.yaml");
  let text = "";
  try {
    text = await read(file);
    return { agents: agentsInText(file, text), problems: [] };
  } catch (error) {
    if (!isAIHubError(error)) throw error;
    const id = /^id:\s*["']?([^\s"'#]+)/m.exec(text)?.[1];
    return { agents: [], problems: [{ ids: [basename(folder), ...(id ? [id] : [])], error }] };
  }
}

/** @throws AIHubError `unknown_agent`, and as `readAgents` */
export async function readAgent(home: string, id: string, read: ReadText = readConfigText): Promise<Agent> {
  const { agents, problems } = await readAgents(home, read);
  const [first, ...others] = agents.filter((each) => each.id === id);
  // Of those in one file the gateway knows the last.
  if (first) return others.findLast(({ file }) => file === first.file) ?? first;
  throw problems.find((problem) => problem.ids.includes(id))?.error ?? new AIHubError("unknown_agent", { agent: id, file: configFile(home), known: agents.map((each) => each.id) });
}

/**
 * The same for an edit of its auth, which mends one with nothing in it.
 *
 * @throws AIHubError as `readAgent`
 */
export async function readAgentToEdit(home: string, id: string): Promise<Agent> {
  try {
    return await readAgent(home, id);
  } catch (error) {
    const file = isAIHubError(error, "config_invalid") ? error.details.file : undefined;
    const agent = file && (await readConfigText(file).then((text) => agentInText(file, text, id)).catch(() => undefined));
    if (agent) return agent;
    throw error;
  }
}

/** @throws AIHubError `config_missing`, `config_invalid` */
export async function readConfigText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    const code = systemCode(error);
    throw code === "ENOENT" ? new AIHubError("config_missing", { file }) : new AIHubError("config_invalid", { file, reason: code });
  });
  // Read leniently, what an edit does not touch would be written back as other bytes.
  if (!isUtf8(bytes)) throw new AIHubError("config_invalid", { file, line: foreignLine(bytes), column: 1, reason: "a character in this line is not UTF-8; save the file with the encoding UTF-8" });
  return bytes.toString("utf8");
}

/** The first line (from 1) that is not UTF-8. No character of UTF-8 holds the byte of a line end. */
function foreignLine(bytes: Buffer): number {
  let line = 1;
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0 && isUtf8(bytes.subarray(start, end)); end = bytes.indexOf(0x0a, start)) {
    line++;
    start = end + 1;
  }
  return line;
}

export function openDocument(file: string, text: string): ConfigDocument {
  return file.endsWith(".json") ? jsonDocument(file, text) : yamlDocument(file, text);
}

/**
 * The agents that stand in one file itself: those of an `aihub.json` (none where it names folders), or that of an `agent.yaml`.
 *
 * @param isForEdit whether an `auth` with nothing in it counts as none
 * @throws AIHubError `config_invalid`
 */
export function agentsInText(file: string, text: string, { isForEdit = false } = {}): Agent[] {
  const document = openDocument(file, text);
  const value = isForEdit ? withoutEmptyAuth(document.value) : document.value;
  if (!file.endsWith(".json")) return [{ ...checkFolder(file, document, check(file, document, agentSchema, value)), file, path: [] }];
  if (isFolders(value)) return [];
  const { agents = [] } = check(file, document, inlineSchema, value);
  return agents.map((agent, index) => ({ ...agent, file, path: ["agents", index] }));
}

/** Of an agent, or of each in the list of a config. */
function withoutEmptyAuth(value: unknown): unknown {
  const mended = (each: unknown) => {
    if (!isRecord(each) || each.auth !== null) return each;
    const { auth: _empty, ...others } = each;
    return others;
  };
  return isRecord(value) && Array.isArray(value.agents) ? { ...value, agents: value.agents.map(mended) } : mended(value);
}

/** The gateway drops an agent whose id is not its folder's name: a copied folder, in most cases. */
function checkFolder<T extends { id: string }>(file: string, document: ConfigDocument, agent: T): T {
  const folder = basename(dirname(file));
  if (agent.id !== folder) throw new AIHubError("config_invalid", { file, ...document.position(["id"]), reason: `id should be “${folder}”, the name of its folder` });
  return agent;
}

/**
 * An agent of a file; of several with one id the last, which is the one that the gateway knows. An `auth` with nothing in
 * it counts as none, so that it can be mended.
 *
 * @throws AIHubError `unknown_agent`, `config_invalid`
 */
export function findAgentInText(file: string, text: string, id: string): Agent {
  return agentsWithId(file, text, id).agent;
}

/**
 * An agent of a file that is to be edited: it must be clear which one is meant.
 *
 * @throws AIHubError `agent_id_twice`, and as `findAgentInText`
 */
export function agentInText(file: string, text: string, id: string): Agent {
  const { agent, isAlone } = agentsWithId(file, text, id);
  if (isAlone) return agent;
  throw new AIHubError("agent_id_twice", { agent: id, file, ...openDocument(file, text).position([...agent.path, "id"]) });
}

function agentsWithId(file: string, text: string, id: string): { agent: Agent; isAlone: boolean } {
  const agents = agentsInText(file, text, { isForEdit: true });
  const found = agents.filter((each) => each.id === id);
  const agent = found.at(-1);
  if (!agent) throw new AIHubError("unknown_agent", { agent: id, file, known: agents.map((each) => each.id) });
  return { agent, isAlone: found.length === 1 };
}

/**
 * The patterns of agent folders of a `version: 3` config; `undefined` where the agents stand in the file.
 *
 * @throws AIHubError `config_invalid`
 */
export function agentPatterns(file: string, document: ConfigDocument): string[] | undefined {
  return isFolders(document.value) ? [check(file, document, foldersSchema).agents].flat() : undefined;
}

function isFolders(value: unknown): boolean {
  return membersOf(value).version === 3;
}

function check<T>(file: string, document: ConfigDocument, schema: z.ZodMiniType<T>, value = document.value): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = innermost(result.error.issues[0]);
  const path = (issue?.path ?? []).filter((key) => typeof key !== "symbol");
  throw new AIHubError("config_invalid", { file, ...document.position(path), reason: `${path.join(".") || "it"} ${expected(issue)}` });
}

/** Of what speaks against each form that a value may have, what was found deepest inside: that form was meant. */
function innermost(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== "invalid_union") return issue;
  const [deepest] = issue.errors.flat().sort((a, b) => b.path.length - a.path.length);
  return deepest && deepest.path.length > 0 ? innermost({ ...deepest, path: [...issue.path, ...deepest.path] }) : issue;
}

function expected(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case "invalid_type":
      return `should be of type ${issue.expected}`;
    case "invalid_value":
      return `should be one of ${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      return issue.errors.flat().map((each) => expected(each)).join(", or ");
    case "too_small":
      return "should not be empty";
    default:
      return "is not as expected";
  }
}
