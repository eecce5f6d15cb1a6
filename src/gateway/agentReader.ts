import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isAIHubError } from "../common/errors";
import { expandFolders } from "./agentFolders";
import { agentPatterns, readAgents, readConfigText, type AgentList } from "./config";
import { jsonDocument } from "./document";
import { configFile } from "./paths";

/** The agents of a home for somebody who asks often. */
export interface AgentReader {
  /** As they were when the files were last looked at. Rejects as `readAgents` does. */
  agents(): Promise<AgentList>;
  /** Looks at the files, and reads them again if any has come, gone or changed: a thousand of them cost less to look at than to read. */
  refresh(): Promise<void>;
}

export function createAgentReader(home: string): AgentReader {
  let list: Promise<AgentList> | undefined;
  let seen = "";
  const read = () => {
    const reading = readAgents(home);
    // Who asks hears it.
    reading.catch(() => {});
    return reading;
  };
  return {
    agents: () => (list ??= read()),
    async refresh() {
      const now = await fingerprint(home);
      if (now !== seen) list = read();
      seen = now;
    },
  };
}

/** Which files there are, and when each was written or its permissions changed. */
async function fingerprint(home: string): Promise<string> {
  const folders = await agentFolders(home);
  const files = [configFile(home), ...folders.map((folder) => join(folder, "agent.yaml"))];
  const states = files.map((file) => stat(file).then(({ ino, ctimeMs, size }) => `${file} ${ino} ${ctimeMs} ${size}`, () => file));
  return (await Promise.all(states)).join("\n");
}

/** None while the config cannot be read: that it can be again is seen by the config itself. */
async function agentFolders(home: string): Promise<string[]> {
  const file = configFile(home);
  try {
    return await expandFolders(home, agentPatterns(file, jsonDocument(file, await readConfigText(file))) ?? []);
  } catch (error) {
    if (isAIHubError(error)) return [];
    throw error;
  }
}
