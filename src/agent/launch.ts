import { join } from "node:path";

export interface AgentProcess {
  executable: string;
  args: string[];
  /** Beside the inherited environment. Nothing secret: the agent asks the store for its keys. */
  env: Record<string, string>;
}

/** `interactive` runs until the person leaves it; `print` answers the message on standard input and ends. */
export type AgentMode = "interactive" | "print";

export interface AgentProcessOptions {
  /** Goes on with the agent's last session. */
  continue?: boolean;
  /** Goes on with the session of this name, or begins it. */
  session?: string;
  /** For `print`: events, one JSON object a line (see printEvents.ts), in place of the answer's text. */
  json?: boolean;
  /** For `interactive`: when it cannot start, the reason stays on the screen until the person has seen it. */
  hold?: boolean;
}

/**
 * How to start one agent in its own process, on the Node that runs this one: VS Code's own
 * (`ELECTRON_RUN_AS_NODE` makes a Node of it) or the command line's.
 *
 * @param distribution the folder that holds `agent/main.mjs`
 */
export function agentProcess(distribution: string, home: string, agentId: string, mode: AgentMode, options: AgentProcessOptions = {}): AgentProcess {
  const { continue: continues, session, json, hold } = options;
  return {
    executable: process.execPath,
    args: [join(distribution, "agent", "main.mjs"), mode, agentId, ...(continues ? ["--continue"] : []), ...(session ? [`--session=${session}`] : []), ...(json ? ["--json"] : []), ...(hold ? ["--hold"] : [])],
    env: {
      ELECTRON_RUN_AS_NODE: "1",
      AIHUB_HOME: home,
      PI_OFFLINE: "1",
      PI_TELEMETRY: "0",
      PI_SKIP_VERSION_CHECK: "1",
    },
  };
}
