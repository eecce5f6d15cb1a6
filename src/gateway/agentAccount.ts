import { firstProfile } from "../auth/firstProfile";
import { payerOfProfile, payers } from "../auth/payer";
import { listProfiles, type Profile } from "../auth/profiles";
import { environmentVariables, findProvider, providerName } from "../providers/registry";
import type { Snapshot } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";
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
    const profile = lookUp(snapshot).byId.get(profileId);
    return profile ? of(profile) : { text: `${profileId} (no such profile)` };
  }
  if (mode === undefined) return { text: "Auth not set" };
  const provider = agentProvider(agent);
  if (!provider) return { text: "No model provider" };
  const first = (mode === "oauth" ? onGateway(provider, snapshot) : undefined) ?? lookUp(snapshot).first(provider, mode);
  if (first) return of(first);
  const name = providerName(provider);
  if (mode === "oauth") return { text: findProvider(provider) ? `Nobody is signed in to ${name}` : `No sign-in for ${name}` };
  const { key } = environmentVariables(provider);
  return key.length > 0 ? { text: `API key in ${key.join(" or ")}`, payer: payers.key } : { text: `No API key for ${name}` };
}

function onGateway(provider: string, snapshot: Snapshot): Profile | undefined {
  const copied = snapshot.index.mirror?.entries?.[provider]?.profile;
  return copied === undefined ? undefined : lookUp(snapshot).byId.get(copied);
}

/** The profiles of a snapshot. A thousand agents ask the same few questions, so that each is answered once. */
interface Lookup {
  byId: ReadonlyMap<ProfileId, Profile>;
  first(provider: string, type: Profile["type"]): Profile | undefined;
}

const lookups = new WeakMap<Snapshot, Lookup>();

function lookUp(snapshot: Snapshot): Lookup {
  const known = lookups.get(snapshot);
  if (known) return known;
  const firsts = new Map<string, Profile | undefined>();
  const lookup: Lookup = {
    byId: new Map(listProfiles(snapshot).map((profile) => [profile.id, profile])),
    first(provider, type) {
      const question = `${type} ${provider}`;
      if (!firsts.has(question)) firsts.set(question, firstProfile(provider, type, snapshot));
      return firsts.get(question);
    },
  };
  lookups.set(snapshot, lookup);
  return lookup;
}

function of(profile: Profile): AgentAccount {
  return { profile, text: profile.label, payer: payerOfProfile(profile) };
}
