import { accountOf, claudeSignIn, payerOf } from "../auth/payer";
import { statusLabels, type ProfileStatus } from "../auth/profiles";
import { chooseKeySource, resolveApiKeyForProvider, type KeySource } from "../auth/resolve";
import { AIHubError, isAIHubError } from "../common/errors";
import { agentAuthConfig, agentProvider, isOnProxy, type Agent } from "../gateway/agent";
import { unaliased } from "../gateway/alias";
import { readAgent } from "../gateway/config";
import { claudeSdkProvider } from "../providers/registry";
import type { CredentialStore } from "../store/credentialStore";
import { aihubHome } from "../store/paths";
import { agentSummary } from "./agentSummary";
import { openStore } from "./context";

/** `aihub agent show <id>`: what is configured, and what that means now: whose account, who pays. Asks no vendor. */
export async function agentShow(id: string, { json }: { json?: boolean }): Promise<void> {
  const store = await openStore();
  const agent = unaliased(await readAgent(aihubHome(), id), await store.read());
  const used = await usedKey(agent, store);
  if (json) {
    const { workspace = null, thinking = null, file } = agent;
    console.log(JSON.stringify({ ...agentSummary(agent), workspace, thinking, file, ...used }, null, 2));
    return;
  }
  const { name, sdk, provider, model, auth } = agentSummary(agent);
  const rows = {
    Name: name,
    File: agent.file,
    Workspace: agent.workspace ?? "the folder in which it is started",
    Runs: sdk === "claude" ? "the Claude SDK" : "Pi",
    Model: `${provider ?? "no provider"}/${model ?? "no model"}`,
    Thinking: agent.thinking ?? "as the model's default",
    Auth: [auth.mode, auth.profileId].filter(Boolean).join(" ") || "not set",
    Account: used.uses ? [used.uses.account, used.uses.status && statusLabels[used.uses.status]].filter(Boolean).join(" · ") : "none",
    ...(used.uses && { "Paid by": used.uses.paidBy }),
    ...(used.problem && { Problem: used.problem.message }),
  };
  const width = Math.max(...Object.keys(rows).map(({ length }) => length));
  for (const [title, value] of Object.entries(rows)) console.log(`${title.padEnd(width)}  ${value}`);
}

interface UsedKey {
  uses: { kind: KeySource["kind"] | "claude"; account: string; profileId: string | null; status: ProfileStatus | null; paidBy: string } | null;
  problem: { code: string; message: string } | null;
}

async function usedKey(agent: Agent, store: CredentialStore): Promise<UsedKey> {
  const provider = agent.sdk === "claude" ? claudeSdkProvider : agentProvider(agent);
  let source: KeySource | undefined;
  try {
    if (agent.sdk === "claude" && !isOnProxy(agent)) return { uses: { kind: "claude", ...claudeSignIn, profileId: null, status: null }, problem: null };
    if (!provider) throw new AIHubError("agent_has_no_provider", { agent: agent.id });
    const options = { store, provider, config: agentAuthConfig(agent), agent: agent.id };
    source = await chooseKeySource(options);
    const isSignIn = source.kind === "profile" && source.profile.type === "oauth";
    // Anything but a sign-in is had without a vendor's call: a reference to a missing variable shows here.
    if (!isSignIn) await resolveApiKeyForProvider(options);
    return { uses: uses(provider, source), problem: null };
  } catch (error) {
    if (!isAIHubError(error)) throw error;
    return { uses: source && provider ? uses(provider, source) : null, problem: { code: error.code, message: error.message } };
  }
}

function uses(provider: string, source: KeySource): NonNullable<UsedKey["uses"]> {
  const profile = source.kind === "profile" ? source.profile : undefined;
  return {
    kind: source.kind,
    account: accountOf(source),
    profileId: profile?.id ?? null,
    status: profile?.status ?? null,
    paidBy: payerOf(provider, source),
  };
}
