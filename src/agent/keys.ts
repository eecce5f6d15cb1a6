import { AIHubError } from "../common/errors";
import { accountOf, payerOf } from "../auth/payer";
import { resolveApiKeyForProvider, type KeySource, type ResolvedKey } from "../auth/resolve";
import { agentAuthConfig, agentModel, agentName, agentProvider, runsOnPi, type Agent } from "../gateway/agent";
import { unaliased } from "../gateway/alias";
import { readAgent } from "../gateway/config";
import type { CredentialStore } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";

export interface AgentKeys {
  readonly provider: string;
  /** The profile that the agent's configuration names. */
  profileId(): ProfileId | undefined;
  /** Whether the agent's mode lets a sign-in pay. */
  usesSignIns(): boolean;
  /** The key for the next request to `provider`, by the agent's mode and profile as its file has them now. */
  resolve(provider: string): Promise<ResolvedKey>;
  /** Where a key that was handed out came from. */
  sourceOf(key: string): KeySource | undefined;
  /** Why there was no key, the last time. */
  lastError(): Error | undefined;
  /** Notes that the vendor refused a key: a sign-in is renewed before it is handed out again. */
  refuse(key: string): void;
  /** One line for people: the agent, its model, whose account, who pays. */
  describe(resolved: ResolvedKey): string;
  readonly store: CredentialStore;
  /** What the process was started with, provider keys included. */
  readonly env: NodeJS.ProcessEnv;
}

export interface AgentKeysOptions {
  agent: Agent;
  home: string;
  store: CredentialStore;
  env: NodeJS.ProcessEnv;
}

/** @throws AIHubError `agent_is_not_pi`, `agent_has_no_provider` */
export function createAgentKeys({ agent: started, home, store, env }: AgentKeysOptions): AgentKeys {
  if (!runsOnPi(started)) throw new AIHubError("agent_is_not_pi", { agent: started.id, reason: started.sdk });
  const own = agentProvider(started);
  if (!own) throw new AIHubError("agent_has_no_provider", { agent: started.id });
  let agent = started;
  const sources = new Map<string, KeySource>();
  let refused: string | undefined;
  let lastError: Error | undefined;
  const mode = () => agentAuthConfig(agent).mode;
  return {
    provider: own,
    profileId: () => agent.auth?.profileId,
    usesSignIns: () => mode() === "oauth" || mode() === undefined,
    store,
    env,
    sourceOf: (key) => sources.get(key),
    lastError: () => lastError,
    refuse: (key) => void (refused = key),
    async resolve(provider) {
      try {
        // An agent runs for days: the account that it was set to meanwhile counts.
        agent = unaliased(await readAgent(home, agent.id), await store.read());
        // The profile is the own provider's; the mode (what may pay at all) holds for any that is switched to.
        const config = agentAuthConfig(agent);
        const resolved = await resolveApiKeyForProvider({ store, env, provider, config: provider === own ? config : { mode: config.mode }, agent: agent.id, refused });
        sources.set(resolved.key, resolved.source);
        return resolved;
      } catch (error) {
        lastError = error instanceof Error ? error : undefined;
        throw error;
      }
    },
    describe(resolved) {
      return [agentName(agent), `${own}/${agentModel(agent) ?? "default model"}`, accountOf(resolved.source), `paid by ${payerOf(own, resolved.source)}`].join(" · ");
    },
  };
}
