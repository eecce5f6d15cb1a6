import { isDeepStrictEqual } from "node:util";
import writeFileAtomic from "write-file-atomic";
import { AIHubError, systemCode } from "../common/errors";
import { fileLock, withLock } from "../store/lock";
import type { Snapshot } from "../store/credentialStore";
import { profileById } from "../auth/profiles";
import { agentProvider, type Agent, type AgentAuth } from "./agent";
import { openDocument, readAgent, readConfigText } from "./config";

/**
 * Whether a mode and a profile fit an agent and each other.
 *
 * @throws AIHubError `agent_is_not_pi`, `agent_has_no_provider`, `unknown_profile`, `profile_of_other_provider`,
 *   `profile_does_not_fit_mode`, `no_proxy_token`
 */
export function checkAgentAuth(agent: Agent, auth: AgentAuth, snapshot: Snapshot): void {
  if (agent.sdk === "claude") throw new AIHubError("agent_is_not_pi", { agent: agent.id });
  if (auth.mode === "proxy" && !agent.model?.base_url) throw new AIHubError("no_proxy_url", { agent: agent.id });
  if (!auth.profileId) return;
  const provider = agentProvider(agent);
  if (!provider) throw new AIHubError("agent_has_no_provider", { agent: agent.id });
  const profile = profileById(auth.profileId, snapshot);
  if (profile.provider !== provider) throw new AIHubError("profile_of_other_provider", { profile: profile.id, provider });
  const mode = auth.mode ?? "oauth";
  if (profile.type !== mode) throw new AIHubError("profile_does_not_fit_mode", { profile: profile.id, reason: mode });
}

/**
 * Writes `auth` of one agent (an empty one removes the block); nothing else in the file moves.
 * The result is read back before it replaces the file.
 *
 * @throws AIHubError `unknown_agent`, `config_invalid`, `config_missing`, `store_busy`, `store_not_writable`
 */
export async function setAgentAuth(home: string, id: string, auth: AgentAuth): Promise<Agent> {
  const { file } = await readAgent(home, id);
  return withLock(file, fileLock, async (ensureHeld) => {
    const agent = await readAgent(home, id);
    const text = await readConfigText(file);
    const next = withAuth(agent, text, auth);
    ensureHeld();
    if (next !== text) await replaceFile(file, next);
    return readAgent(home, id);
  });
}

function withAuth(agent: Agent, text: string, auth: AgentAuth): string {
  const path = [...agent.path, "auth"];
  const entries = Object.entries({ ...agent.auth, mode: auth.mode, profileId: auth.profileId });
  const block = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  const wanted = Object.keys(block).length > 0 ? block : undefined;
  const next = openDocument(agent.file, text).with(path, wanted);
  const read = path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], openDocument(agent.file, next).value);
  if (!isDeepStrictEqual(read, wanted)) throw new AIHubError("config_invalid", { file: agent.file, reason: "its auth block cannot be edited" });
  return next;
}

/** Keeps the file's own permissions, and a link (dotfiles are often linked) stays one. */
async function replaceFile(file: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(file, text);
  } catch (error) {
    throw new AIHubError("store_not_writable", { file, reason: systemCode(error) }, { cause: error });
  }
}
