import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, parse, resolve, sep } from "node:path";
import * as z from "zod/mini";
import { AIHubError, isAIHubError, systemCode } from "../common/errors";
import { expandTilde } from "../store/paths";
import { agentSchema, type Agent } from "./agent";
import { jsonDocument, yamlDocument, type ConfigDocument } from "./document";

/** `version: 3` names agent folders; before it, the agents stand in the file. */
const foldersSchema = z.looseObject({ version: z.literal(3), agents: z.union([z.string(), z.array(z.string())]) });
const inlineSchema = z.looseObject({ agents: z.optional(z.array(agentSchema)) });

export function configFile(home: string): string {
  return join(home, "aihub.json");
}

/** The agents that can be used, and what is wrong with the folders of the others. */
export interface AgentList {
  agents: Agent[];
  problems: AgentProblem[];
}

interface AgentProblem {
  /** An agent's folder is named like its id. */
  id: string;
  error: AIHubError;
}

/**
 * The agents of the gateway's config, of either shape. One broken agent folder does not hide the others.
 *
 * @throws AIHubError `config_missing`, `config_invalid` with file, line and column
 */
export async function readAgents(home: string): Promise<AgentList> {
  const file = configFile(home);
  const document = jsonDocument(file, await readConfigText(file));
  if (!isFolders(document.value)) {
    const { agents = [] } = check(file, document, inlineSchema);
    return { agents: agents.map((agent, index) => ({ ...agent, file, path: ["agents", index] })), problems: [] };
  }
  const patterns = check(file, document, foldersSchema).agents;
  const folders = (await Promise.all([patterns].flat().map((pattern) => expandFolders(home, pattern)))).flat();
  const list: AgentList = { agents: [], problems: [] };
  for (const folder of folders) {
    try {
      list.agents.push(await readAgentFolder(folder));
    } catch (error) {
      if (!isAIHubError(error)) throw error;
      list.problems.push({ id: basename(folder), error });
    }
  }
  return list;
}

/** @throws AIHubError `unknown_agent`, and as `readAgents` */
export async function readAgent(home: string, id: string): Promise<Agent> {
  const { agents, problems } = await readAgents(home);
  const agent = agents.find((each) => each.id === id);
  if (agent) return agent;
  throw problems.find((problem) => problem.id === id)?.error ?? new AIHubError("unknown_agent", { agent: id, file: configFile(home), known: agents.map((each) => each.id) });
}

/** @throws AIHubError `config_missing`, `config_invalid` */
export async function readConfigText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = systemCode(error);
    throw code === "ENOENT" ? new AIHubError("config_missing", { file }) : new AIHubError("config_invalid", { file, reason: code });
  }
}

export function openDocument(file: string, text: string): ConfigDocument {
  return file.endsWith(".json") ? jsonDocument(file, text) : yamlDocument(file, text);
}

async function readAgentFolder(folder: string): Promise<Agent> {
  const file = join(folder, "agent.yaml");
  const agent = check(file, yamlDocument(file, await readConfigText(file)), agentSchema);
  return { ...agent, file, path: [] };
}

function isFolders(value: unknown): boolean {
  return typeof value === "object" && value !== null && "version" in value && value.version === 3;
}

function check<T>(file: string, document: ConfigDocument, schema: z.ZodMiniType<T>): T {
  const result = schema.safeParse(document.value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = (issue?.path ?? []).filter((key) => typeof key !== "symbol");
  throw new AIHubError("config_invalid", { file, ...document.position(path), reason: `${path.join(".") || "it"} ${expected(issue)}` });
}

function expected(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "invalid_type") return `should be of type ${issue.expected}`;
  if (issue?.code === "invalid_value") return `should be one of ${issue.values.map(String).join(", ")}`;
  return "is not as expected";
}

/** Folders that hold an `agent.yaml`. `*` stands for any name in one segment, as in the gateway. */
async function expandFolders(home: string, pattern: string): Promise<string[]> {
  const expanded = expandTilde(pattern);
  const absolute = isAbsolute(expanded) ? expanded : resolve(dirname(configFile(home)), expanded);
  const { root } = parse(absolute);
  let folders = [root];
  for (const segment of absolute.slice(root.length).split(sep).filter(Boolean)) {
    folders = (await Promise.all(folders.map((folder) => matching(folder, segment)))).flat();
  }
  const kept = await Promise.all(folders.map(async (folder) => ((await isFile(join(folder, "agent.yaml"))) ? [folder] : [])));
  return kept.flat().sort();
}

async function matching(folder: string, segment: string): Promise<string[]> {
  if (!segment.includes("*")) return [join(folder, segment)];
  const literal = (part: string) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  const wanted = new RegExp(`^${segment.split("*").map(literal).join(".*")}$`);
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => !name.startsWith(".") && wanted.test(name)).map((name) => join(folder, name));
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then((stats) => stats.isFile(), () => false);
}
