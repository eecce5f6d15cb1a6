import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  createAgentSessionFromServices,
  createAgentSessionRuntime,
  createAgentSessionServices,
  SessionManager,
  type AgentSessionRuntime,
  type CreateAgentSessionRuntimeFactory,
  type ModelRegistry,
} from "@mariozechner/pi-coding-agent";
import { AIHubError } from "../common/errors";
import type { ResolvedKey } from "../auth/resolve";
import { agentModel, type Agent } from "../gateway/agent";
import { findProvider } from "../providers/registry";
import { expandTilde } from "../store/paths";
import { createAuthStorage } from "./authStorage";
import type { AgentKeys } from "./keys";
import { registerSignIns } from "./piLogin";
import { watchAnswers } from "./watchAnswers";

export interface RuntimeOptions {
  home: string;
  agent: Agent;
  keys: AgentKeys;
  /** The key with which the agent starts: it also says where its requests go. */
  first: ResolvedKey;
}

/**
 * Pi's runtime for an agent: its workspace, model and thinking level, its sessions under the home of aihub.
 *
 * @throws AIHubError `workspace_missing`, `agent_has_no_model`, `unknown_model`
 */
export async function createRuntime({ home, agent, keys, first }: RuntimeOptions): Promise<AgentSessionRuntime> {
  const authStorage = await createAuthStorage(keys);
  authStorage.setRuntimeApiKey(keys.provider, first.key);
  const cwd = await workspaceOf(agent);
  const agentDir = join(home, "agent");
  const sessionDir = join(agentDir, "sessions", encodeURIComponent(agent.id));

  const factory: CreateAgentSessionRuntimeFactory = async (options) => {
    const services = await createAgentSessionServices({ cwd: options.cwd, agentDir: options.agentDir, authStorage });
    registerSignIns(services.modelRegistry, keys.store);
    setBaseUrl(services.modelRegistry, keys.provider, first);
    const created = await createAgentSessionFromServices({
      services,
      sessionManager: options.sessionManager,
      sessionStartEvent: options.sessionStartEvent,
      model: modelOf(agent, keys.provider, services.modelRegistry),
      thinkingLevel: thinkingLevelOf(agent),
    });
    watchAnswers(created.session, keys);
    return { ...created, services, diagnostics: services.diagnostics };
  };
  return createAgentSessionRuntime(factory, { cwd, agentDir, sessionManager: SessionManager.create(cwd, sessionDir) });
}

async function workspaceOf(agent: Agent): Promise<string> {
  if (!agent.workspace) return process.cwd();
  const workspace = resolve(expandTilde(agent.workspace));
  const isDirectory = await stat(workspace).then((stats) => stats.isDirectory(), () => false);
  if (!isDirectory) throw new AIHubError("workspace_missing", { agent: agent.id, file: workspace });
  return workspace;
}

/** A proxy serves the models, or a host that stands in the token. */
function setBaseUrl(registry: ModelRegistry, provider: string, { key, source }: ResolvedKey): void {
  const enterpriseUrl = source.kind === "profile" ? source.enterpriseUrl : undefined;
  const baseUrl = source.kind === "proxy" ? source.baseUrl : findProvider(provider)?.modelBaseUrl?.(key, enterpriseUrl);
  if (baseUrl) registry.registerProvider(provider, { baseUrl });
}

function modelOf(agent: Agent, provider: string, registry: ModelRegistry) {
  const id = agentModel(agent);
  if (!id) throw new AIHubError("agent_has_no_model", { agent: agent.id });
  const model = registry.find(provider, id);
  if (!model) throw new AIHubError("unknown_model", { agent: agent.id, provider: findProvider(provider)?.name ?? provider, reason: id });
  return model;
}

const thinkingLevels = ["off", "minimal", "low", "medium", "high", "xhigh"] as const;

function thinkingLevelOf(agent: Agent): (typeof thinkingLevels)[number] | undefined {
  return thinkingLevels.find((level) => level === agent.thinking);
}
