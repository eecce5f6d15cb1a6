import { AIHubError } from "../common/errors";
import { resolveApiKeyForProvider, type AuthConfig, type ResolvedKey } from "../auth/resolve";
import { agentModel, agentProvider, type Agent } from "../gateway/agent";
import { findProvider } from "../providers/registry";
import type { CredentialStore } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";

export interface AgentKeys {
  readonly provider: string;
  /** The profile that the agent's configuration names. */
  readonly profileId: ProfileId | undefined;
  /** Whether the agent's mode lets a sign-in pay. */
  readonly usesSignIns: boolean;
  /** The key for the next request to `provider`, by the agent's mode and profile. */
  resolve(provider: string): Promise<ResolvedKey>;
  /** The profile whose key was handed out last, if it was a profile's. */
  lastProfile(): ProfileId | undefined;
  /** One line for people: the agent, its model, whose account, who pays. */
  describe(resolved: ResolvedKey): string;
  readonly store: CredentialStore;
}

/** @throws AIHubError `agent_is_not_pi`, `agent_has_no_provider` */
export function createAgentKeys({ agent, store, env }: { agent: Agent; store: CredentialStore; env: NodeJS.ProcessEnv }): AgentKeys {
  if (agent.sdk === "claude") throw new AIHubError("agent_is_not_pi", { agent: agent.id });
  const own = agentProvider(agent);
  if (!own) throw new AIHubError("agent_has_no_provider", { agent: agent.id });
  const { profileId } = agent.auth ?? {};
  // A profile alone means its sign-in, as for the resolver; so it does for a provider that is switched to.
  const mode = agent.auth?.mode ?? (profileId ? "oauth" : undefined);
  let last: ProfileId | undefined;
  return {
    provider: own,
    profileId,
    usesSignIns: mode === "oauth" || mode === undefined,
    store,
    lastProfile: () => last,
    async resolve(provider) {
      // The profile is the own provider's; the mode (what may pay at all) holds for any that is switched to.
      const config: AuthConfig = { mode, profileId, baseUrl: agent.model?.base_url, authToken: agent.model?.auth_token };
      const resolved = await resolveApiKeyForProvider({ store, env, provider, config: provider === own ? config : { mode }, agent: agent.id });
      last = resolved.source.kind === "profile" ? resolved.source.profile.id : undefined;
      return resolved;
    },
    describe(resolved) {
      return [agent.name ?? agent.id, `${own}/${agentModel(agent) ?? "default model"}`, ...whoPays(own, resolved)].join(" · ");
    },
  };
}

function whoPays(provider: string, { source }: ResolvedKey): string[] {
  switch (source.kind) {
    case "profile":
      return [source.profile.label, `paid by ${source.profile.type === "oauth" ? (findProvider(provider)?.payer ?? "the account") : "an API key"}`];
    case "environment":
      return [source.variable, `paid by ${source.pays === "subscription" ? (findProvider(provider)?.payer ?? "the account") : "an API key"}`];
    case "proxy":
      return [source.baseUrl, "paid by whoever runs the proxy"];
  }
}
