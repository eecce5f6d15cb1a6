import { parseArgs } from "node:util";
import type { AgentMode, AgentProcessOptions } from "./launch";

export interface AgentCommandLine extends AgentProcessOptions {
  mode: AgentMode;
  agentId: string;
}

/** Reads what `agentProcess` (launch.ts) writes: `interactive|print <agent id> [--continue] [--session=<name>] [--json] [--hold]`. */
export function readAgentCommandLine(args: readonly string[]): AgentCommandLine {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { continue: { type: "boolean" }, session: { type: "string" }, json: { type: "boolean" }, hold: { type: "boolean" } },
  });
  const [mode, agentId = ""] = positionals;
  return { mode: mode === "print" ? "print" : "interactive", agentId, ...values };
}
