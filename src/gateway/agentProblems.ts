import { firstProfile } from "../auth/firstProfile";
import { listProfiles, type Profile } from "../auth/profiles";
import { AIHubError, isAIHubError, type ErrorCode } from "../common/errors";
import { findProvider, providerName } from "../providers/registry";
import type { Snapshot } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";
import { agentProvider, type Agent } from "./agent";
import { checkAgentAuth } from "./agentAuth";
import type { AgentLocation, Span } from "./agentLocations";
import { unaliased } from "./alias";

/** Something about an agent's auth that would stop it, or soon will. */
export interface AgentProblem {
  agent: Agent;
  span: Span;
  severity: "error" | "warning";
  code: ErrorCode;
  message: string;
  /** The sign-in that would help, where one would. */
  signIn?: SignInTarget;
}

export interface SignInTarget {
  provider: string;
  profile?: ProfileId;
}

/** The problems of all agents of a file. An auth that is not set is none. */
export function agentProblems(locations: readonly AgentLocation[], snapshot: Snapshot): AgentProblem[] {
  const profiles = new Map(listProfiles(snapshot).map((profile) => [profile.id, profile]));
  const seen = new Set<string>();
  return locations.flatMap((location) => secondOfItsId(location, seen) ?? misfit(location, snapshot) ?? needOfSignIn(location, profiles, snapshot) ?? []);
}

/** @param seen the ids of the agents before it */
function secondOfItsId({ agent, id }: AgentLocation, seen: Set<string>): AgentProblem | undefined {
  const isSecond = seen.has(agent.id);
  seen.add(agent.id);
  if (!isSecond || !id || agent.id === "") return undefined;
  const { code, message } = new AIHubError("agent_id_twice", { agent: agent.id, file: agent.file });
  return { agent, span: id, severity: "error", code, message };
}

/** The mode and the profile do not fit the agent or each other. */
function misfit({ agent, auth, mode, profileId }: AgentLocation, snapshot: Snapshot): AgentProblem | undefined {
  const meant = unaliased(agent, snapshot);
  if (!auth || !meant.auth || (!meant.auth.mode && !meant.auth.profileId)) return undefined;
  try {
    checkAgentAuth(meant, meant.auth, snapshot);
    return undefined;
  } catch (error) {
    if (!isAIHubError(error)) throw error;
    const isAboutProfile = /profile/.test(error.code);
    const span = (isAboutProfile ? profileId : mode)?.value?.span ?? auth;
    // The block of an agent that signs in by itself does no harm.
    const severity = error.code === "agent_is_not_pi" ? "warning" : "error";
    return { agent, span, severity, code: error.code, message: error.message, signIn: error.code === "unknown_profile" ? signInFor(meant, meant.auth.profileId) : undefined };
  }
}

/** The profile that is used has no sign-in that holds. */
function needOfSignIn({ agent, auth, mode, profileId }: AgentLocation, profiles: ReadonlyMap<ProfileId, Profile>, snapshot: Snapshot): AgentProblem | undefined {
  const meant = unaliased(agent, snapshot);
  const provider = agentProvider(meant);
  if (!auth || !provider || meant.auth?.mode === "proxy") return undefined;
  const named = meant.auth?.profileId ? profiles.get(meant.auth.profileId) : undefined;
  const isOpen = !meant.auth?.profileId && meant.auth?.mode === "oauth";
  const used = named ?? (isOpen ? firstProfile(provider, "oauth", snapshot) : undefined);
  const error = used ? faultOf(used) : isOpen ? new AIHubError("not_signed_in", { provider: providerName(provider), signIn: findProvider(provider)?.id }) : undefined;
  if (!error) return undefined;
  const span = (named ? profileId : mode)?.value?.span ?? auth;
  return { agent, span, severity: "warning", code: error.code, message: error.message, signIn: used?.type === "api_key" ? undefined : signInFor(meant, used?.id) };
}

function faultOf({ id, provider, type, status }: Profile): AIHubError | undefined {
  if (status === "sign-in-again") return new AIHubError("sign_in_again", { profile: id, provider: providerName(provider) });
  if (status === "not-connected") return new AIHubError(type === "oauth" ? "profile_signed_out" : "profile_without_key", { profile: id, signIn: findProvider(provider)?.id });
  return undefined;
}

function signInFor(agent: Agent, profile: ProfileId | undefined): SignInTarget | undefined {
  const provider = agentProvider(agent);
  if (!provider || !findProvider(provider)) return undefined;
  return { provider, ...(profile?.startsWith(`${provider}:`) && { profile }) };
}
