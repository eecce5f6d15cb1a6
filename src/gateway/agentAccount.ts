import { firstProfile } from "../auth/firstProfile";
import { payerOfProfile, payers } from "../auth/payer";
import { listProfiles, type Profile } from "../auth/profiles";
import { environmentVariables, findProvider, providerName } from "../providers/registry";
import type { Snapshot } from "../store/credentialStore";
import { agentProvider, runsOnPi, type Agent } from "./agent";
import { unaliased } from "./alias";

/** What an agent's auth comes to: an account, or words for what is used in its place. */
export interface AgentAccount {
  profile?: Profile;
  text: string;
  /** Who pays, in words that follow “paid by”. */
  payer?: string;
}

/**
 * The account that an agent uses, as its configuration and the sign-ins of this moment have it. Where none is named, and
 * the gateway has a copy of ours, that is what it runs on there: it knows neither a last good account nor one that rests.
 */
export function agentAccount(configured: Agent, snapshot: Snapshot): AgentAccount {
  const agent = unaliased(configured, snapshot);
  if (!runsOnPi(agent)) return { text: `${agent.sdk === "claude" ? "Claude SDK" : agent.sdk}, signs in by itself` };
  const { mode, profileId } = agent.auth ?? {};
  if (mode === "proxy") return { text: "Proxy", payer: payers.proxy };
  if (profileId) {
    const profile = listProfiles(snapshot).find(({ id }) => id === profileId);
    return profile ? of(profile) : { text: `${profileId} (no such profile)` };
  }
  if (mode === undefined) return { text: "Auth not set" };
  const provider = agentProvider(agent);
  if (!provider) return { text: "No model provider" };
  const first = (mode === "oauth" ? onGateway(provider, snapshot) : undefined) ?? firstProfile(provider, mode, snapshot);
  if (first) return of(first);
  const name = providerName(provider);
  if (mode === "oauth") return { text: findProvider(provider) ? `Nobody is signed in to ${name}` : `No sign-in for ${name}` };
  const { key } = environmentVariables(provider);
  return key.length > 0 ? { text: `API key in ${key.join(" or ")}`, payer: payers.key } : { text: `No API key for ${name}` };
}

function onGateway(provider: string, snapshot: Snapshot): Profile | undefined {
  const copied = snapshot.index.mirror?.entries?.[provider]?.profile;
  return listProfiles(snapshot).find(({ id }) => id === copied);
}

function of(profile: Profile): AgentAccount {
  return { profile, text: profile.label, payer: payerOfProfile(profile) };
}
