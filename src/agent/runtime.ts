import { join } from "node:path";
import {
  createAgentSessionFromServices,
  createAgentSessionRuntime,
  createAgentSessionServices,
  type AgentSessionRuntime,
  type CreateAgentSessionRuntimeFactory,
  type ModelRegistry,
} from "@mariozechner/pi-coding-agent";
import { AIHubError } from "../common/errors";
import type { ResolvedKey } from "../auth/resolve";
import { agentModel, type Agent } from "../gateway/agent";
import { providerName } from "../providers/registry";
import { createAuthStorage } from "./authStorage";
import { directRequests } from "./destination";
import { guardTools } from "./guard/guardTools";
import type { AgentKeys } from "./keys";
import type { AgentProcessOptions } from "./launch";
import { registerSignIns } from "./piLogin";
import { openSession, sessionFolder } from "./sessions";
import { watchAnswers } from "./watchAnswers";
import { workspaceOf } from "./workspace";

export interface RuntimeOptions {
  home: string;
  agent: Agent;
  keys: AgentKeys;
  /** The key with which the agent starts. */
  first: ResolvedKey;
  options: AgentProcessOptions;
}

export interface AgentRuntime {
  runtime: AgentSessionRuntime;
  /** Why the last request failed, if it did. */
  lastFailure: () => AIHubError | undefined;
}

/**
 * Pi's runtime for an agent: its workspace, model and thinking level, its sessions under the home of aihub.
 *
 * @throws AIHubError `workspace_missing`, `agent_has_no_model`, `unknown_model`, `invalid_session_name`
 */
export async function createRuntime({ home, agent, keys, first, options }: RuntimeOptions): Promise<AgentRuntime> {
  const authStorage = await createAuthStorage(keys);
  authStorage.setRuntimeApiKey(keys.provider, first.key);
  const cwd = await workspaceOf(agent);
  const agentDir = join(home, "agent");
  const sessionManager = openSession(sessionFolder(home, agent.id), cwd, options);
  const guard = guardTools(home, keys.env);
  let lastFailure: AIHubError | undefined;

  const factory: CreateAgentSessionRuntimeFactory = async (created) => {
    const resourceLoaderOptions = { extensionFactories: [guard] };
    const services = await createAgentSessionServices({ cwd: created.cwd, agentDir: created.agentDir, authStorage, resourceLoaderOptions });
    registerSignIns(services.modelRegistry, keys.store);
    directRequests(services.modelRegistry, keys);
    const result = await createAgentSessionFromServices({
      services,
      sessionManager: created.sessionManager,
      sessionStartEvent: created.sessionStartEvent,
      model: modelOf(agent, keys.provider, services.modelRegistry),
      thinkingLevel: thinkingLevelOf(agent),
    });
    watchAnswers(result.session, { keys, agent, onFailure: (failure) => (lastFailure = failure) });
    return { ...result, services, diagnostics: services.diagnostics };
  };
  const runtime = await createAgentSessionRuntime(factory, { cwd, agentDir, sessionManager });
  return { runtime, lastFailure: () => lastFailure };
}

function modelOf(agent: Agent, provider: string, registry: ModelRegistry) {
  const id = agentModel(agent);
  if (!id) throw new AIHubError("agent_has_no_model", { agent: agent.id });
  const model = registry.find(provider, id);
  if (!model) throw new AIHubError("unknown_model", { agent: agent.id, provider: providerName(provider), reason: id });
  return model;
}

const thinkingLevels = ["off", "minimal", "low", "medium", "high", "xhigh"] as const;

function thinkingLevelOf(agent: Agent): (typeof thinkingLevels)[number] | undefined {
  return thinkingLevels.find((level) => level === agent.thinking);
}
