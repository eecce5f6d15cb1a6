import * as vscode from "vscode";
import { profileById, type Profile } from "../auth/profiles";
import { AIHubError, isAIHubError } from "../common/errors";
import { agentModes, agentName, runsOnPi, type Agent, type AgentAuth } from "../gateway/agent";
import { withoutAlias } from "../gateway/alias";
import { checkAgentAuth } from "../gateway/agentAuth";
import { agentInText } from "../gateway/config";
import { findProvider } from "../providers/registry";
import { login } from "./accountCommands";
import { chooseAgent, fileNameOf } from "./agentPicker";
import { endAlias, offerGatewayProfile } from "./gatewayProfileCommands";
import { anyProfile, pickAgentProfile, pickMode, type PickedProfile } from "./authPickers";
import { applyAgentAuth, readText } from "./openDocuments";
import type { Services } from "./services";

/** “AIHub: Set Agent Auth”: the mode and then the account; or neither any more. */
export async function setAgentAuth(services: Services, named?: unknown): Promise<void> {
  const agent = await choosePiAgent(services, "AIHub: Set Agent Auth", named);
  if (!agent) return;
  const title = titleFor(agent);
  const mode = await pickMode(agent, title, { withRemove: true });
  if (mode === undefined) return;
  if (mode === "remove") return apply(services, agent, {});
  if (mode === "proxy") return apply(services, agent, { mode });
  const profile = await pickAgentProfile(services, agent, [mode], title);
  if (profile) await apply(services, agent, { mode, ...profileIdOf(profile) });
}

/** “AIHub: Set Agent Auth Mode”: the account stays where it fits; where not, another is asked for. */
export async function setAgentAuthMode(services: Services, named?: unknown): Promise<void> {
  const agent = await choosePiAgent(services, "AIHub: Set Agent Auth Mode", named);
  if (!agent) return;
  const title = titleFor(agent);
  const mode = await pickMode(agent, title);
  if (mode === undefined || mode === "remove") return;
  if (mode === "proxy") return apply(services, agent, { mode });
  const kept: AgentAuth = { mode, profileId: agent.auth?.profileId };
  if (await fits(services, agent, kept)) return apply(services, agent, kept);
  const profile = await pickAgentProfile(services, agent, [mode], title);
  if (profile) await apply(services, agent, { mode, ...profileIdOf(profile) });
}

/** “AIHub: Set Agent Profile”: the mode stays where the account fits it. */
export async function setAgentProfile(services: Services, named?: unknown): Promise<void> {
  const agent = await choosePiAgent(services, "AIHub: Set Agent Profile", named);
  if (!agent) return;
  const withProfile = agentModes(agent).filter((each) => each !== "proxy");
  const mode = withProfile.find((each) => each === agent.auth?.mode);
  const profile = await pickAgentProfile(services, agent, mode ? [mode] : withProfile, titleFor(agent));
  if (profile === anyProfile) await apply(services, agent, { mode: mode ?? (agent.auth?.mode && withProfile[0]) });
  // A profile alone means its sign-in; an API key has to be said.
  else if (profile) await apply(services, agent, { mode: mode ?? (profile.type === "api_key" || agent.auth?.mode ? profile.type : undefined), profileId: profile.id });
}

/** @throws AIHubError `agent_is_not_pi`: its sign-in is the person's own affair */
async function choosePiAgent(services: Services, title: string, named: unknown): Promise<Agent | undefined> {
  const agent = await chooseAgent(services, title, named);
  if (!agent) return undefined;
  if (!runsOnPi(agent)) throw new AIHubError("agent_is_not_pi", { agent: agent.id, reason: agent.sdk });
  // Before anything is asked: an agent that cannot be edited.
  agentInText(agent.file, await readText(agent.file), agent.id);
  return withoutAlias(agent, await services.store.read());
}

async function apply(services: Services, agent: Agent, auth: AgentAuth): Promise<void> {
  const snapshot = await services.store.read();
  checkAgentAuth(agent, auth, snapshot);
  await endAlias(services, agent);
  const isSaved = await applyAgentAuth(services.home, agent, auth);
  services.log.info(`Set auth of agent ${agent.id}: ${auth.mode ?? "not set"} ${auth.profileId ?? ""}`);
  const outcome = auth.profileId ?? (auth.mode ? `auth.mode "${auth.mode}"` : "whatever is signed in or set");
  void vscode.window.showInformationMessage(`${agentName(agent)} now uses ${outcome}.${isSaved ? "" : ` Save ${fileNameOf(agent)} for it to take effect.`}`);
  if (auth.profileId) await offerSignIn(services, profileById(auth.profileId, snapshot));
  // It would be made for what stands on the disk.
  if (isSaved) await offerGatewayProfile(services, { ...agent, auth });
}

/** A profile without a sign-in that holds is a valid choice, but not one that runs. */
async function offerSignIn(services: Services, profile: Profile): Promise<void> {
  const provider = findProvider(profile.provider);
  if (!provider || profile.type !== "oauth" || (profile.status !== "sign-in-again" && profile.status !== "not-connected")) return;
  const signIn = "Sign In";
  if ((await vscode.window.showWarningMessage(`${profile.label} needs a sign-in before it can be used.`, signIn)) === signIn) await login(services, provider, profile.id);
}

async function fits({ store }: Services, agent: Agent, auth: AgentAuth): Promise<boolean> {
  try {
    checkAgentAuth(agent, auth, await store.read());
    return true;
  } catch (error) {
    if (isAIHubError(error, "unknown_profile", "profile_of_other_provider", "profile_does_not_fit_mode")) return false;
    throw error;
  }
}

function profileIdOf(profile: PickedProfile): Pick<AgentAuth, "profileId"> {
  return profile === anyProfile ? {} : { profileId: profile.id };
}

function titleFor(agent: Agent): string {
  return `AIHub: Auth of ${agentName(agent)}`;
}
