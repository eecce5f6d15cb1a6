import { AIHubError } from "../common/errors";
import { fileLock, withLock } from "../store/lock";
import type { Snapshot } from "../store/credentialStore";
import { findProvider, noSignIn } from "../providers/registry";
import { profileById } from "../auth/profiles";
import { agentProvider, meantMode, runsOnPi, type Agent, type AgentAuth } from "./agent";
import { agentInText, readAgentToEdit, readConfigText } from "./config";
import { editConfig } from "./editConfig";
import { touchConfig, writeConfig } from "./writeConfig";

/**
 * Whether a mode and a profile fit an agent and each other.
 *
 * @throws AIHubError `agent_is_not_pi`, `agent_has_no_provider`, `no_sign_in`, `unknown_profile`,
 *   `profile_of_other_provider`, `profile_does_not_fit_mode`, `no_proxy_url`, `no_proxy_token`
 */
export function checkAgentAuth(agent: Agent, auth: AgentAuth, snapshot: Snapshot): void {
  if (!runsOnPi(agent)) throw new AIHubError("agent_is_not_pi", { agent: agent.id, reason: agent.sdk });
  if (auth.mode === "proxy" && !agent.model?.base_url) throw new AIHubError("no_proxy_url", { agent: agent.id });
  if (auth.mode === "proxy" && !agent.model?.auth_token) throw new AIHubError("no_proxy_token", { agent: agent.id });
  const provider = agentProvider(agent);
  const mode = meantMode(auth);
  if (mode === "oauth" && provider && !findProvider(provider)) throw noSignIn(provider);
  if (!auth.profileId) return;
  if (!provider) throw new AIHubError("agent_has_no_provider", { agent: agent.id });
  const profile = profileById(auth.profileId, snapshot);
  if (profile.provider !== provider) throw new AIHubError("profile_of_other_provider", { profile: profile.id, provider });
  if (profile.type !== mode) throw new AIHubError("profile_does_not_fit_mode", { profile: profile.id, reason: mode });
}

/**
 * Writes `auth` of one agent (an empty one removes the block); nothing else in the file moves.
 * The result is read back before it replaces the file.
 *
 * @throws AIHubError `unknown_agent`, `config_invalid`, `config_missing`, `store_busy`, `store_not_writable`
 */
export async function setAgentAuth(home: string, id: string, auth: AgentAuth): Promise<Agent> {
  await changeAgentAuth(home, await readAgentToEdit(home, id), auth);
  return readAgentToEdit(home, id);
}

/** The same for an agent of a file that may stand anywhere. */
export async function changeAgentAuth(home: string, { file, id }: Pick<Agent, "file" | "id">, auth: AgentAuth): Promise<void> {
  const isChanged = await withLock(file, fileLock, async (ensureHeld) => {
    const text = await readConfigText(file);
    const next = withAgentAuth(agentInText(file, text, id), text, auth);
    if (next !== text) await writeConfig(file, next, { ensureHeld });
    return next !== text;
  });
  if (isChanged && !file.endsWith(".json")) await touchConfig(home);
}

/**
 * The text of the agent's file with its `auth.mode` and `auth.profileId` as wanted; what else stands in the block stays.
 *
 * @throws AIHubError `config_invalid` when the edit would change more, or other things, than asked for
 */
export function withAgentAuth(agent: Agent, text: string, auth: AgentAuth): string {
  const entries = Object.entries({ ...agent.auth, mode: auth.mode, profileId: auth.profileId }).filter(([, value]) => value !== undefined);
  return editConfig(agent.file, text, [...agent.path, "auth"], entries.length > 0 ? Object.fromEntries(entries) : undefined);
}
