import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SessionManager } from "@mariozechner/pi-coding-agent";
import { AIHubError } from "../common/errors";
import type { AgentProcessOptions } from "./launch";

/** The folder of an agent's sessions: each agent has its own, wherever its workspace is. */
export function sessionFolder(home: string, agentId: string): string {
  return join(home, "agent", "sessions", encodeURIComponent(agentId));
}

/**
 * A new session, the last one, or the one of a name. A session's file is called `<time>_<name>.jsonl`, where Pi puts
 * an id of its own for a session that nobody named: such a one can be gone on with by its id.
 *
 * @throws AIHubError `invalid_session_name`
 */
export function openSession(folder: string, workspace: string, { continue: continues, session }: AgentProcessOptions): SessionManager {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (session === undefined) return continues ? SessionManager.continueRecent(workspace, folder) : SessionManager.create(workspace, folder);
  if (!/^[\w.-]{1,100}$/.test(session)) throw new AIHubError("invalid_session_name", { reason: session });
  const file = readdirSync(folder).filter((name) => name.endsWith(`Z_${session}.jsonl`)).sort().at(-1);
  if (file) return SessionManager.open(join(folder, file), folder, workspace);
  const manager = SessionManager.create(workspace, folder);
  manager.newSession({ id: session });
  return manager;
}
