import { join } from "node:path";

export interface AgentProcess {
  executable: string;
  args: string[];
  /** Beside the inherited environment. Nothing secret: the agent asks the store for its keys. */
  env: Record<string, string>;
}

/**
 * How to start one agent in its own process, on the Node that runs this one: VS Code's own
 * (`ELECTRON_RUN_AS_NODE` makes a Node of it) or the command line's.
 *
 * @param distribution the folder that holds `agent/main.mjs`
 */
export function agentProcess(distribution: string, home: string, agentId: string, mode: "interactive" | "print"): AgentProcess {
  return {
    executable: process.execPath,
    args: [join(distribution, "agent", "main.mjs"), mode, agentId],
    env: {
      ELECTRON_RUN_AS_NODE: "1",
      AIHUB_HOME: home,
      PI_OFFLINE: "1",
      PI_TELEMETRY: "0",
      PI_SKIP_VERSION_CHECK: "1",
    },
  };
}

