import * as vscode from "vscode";
import { agentProcess, type AgentProcessOptions } from "../agent/launch";
import type { Agent } from "../gateway/agent";
import { agentIdOf } from "./agentTerminals";
import type { Services } from "./services";
import { agentName } from "../gateway/agent";

/** Terminals of several agents are told apart by colour as well. */
const colours = ["Blue", "Green", "Magenta", "Cyan", "Yellow", "BrightBlue", "BrightGreen", "BrightMagenta"].map((name) => `terminal.ansi${name}`);

/** Opens a terminal for an agent; asks when one is open already, unless the last session is to be gone on with. */
export async function openAgentTerminal(services: Services, agent: Agent, options: AgentProcessOptions = {}): Promise<void> {
  const open = terminalsOf(agent);
  const terminal = open.length > 0 && !options.continue ? await chooseTerminal(agent, open) : "new";
  if (!terminal) return;
  const shown = terminal === "new" ? vscode.window.createTerminal(agentTerminalOptions(services, agent, options)) : terminal;
  shown.show();
}

/** Nothing secret is in it: other extensions can read it, and the agent asks the store for its keys. */
export function agentTerminalOptions({ distribution, home }: Services, agent: Agent, options: AgentProcessOptions = {}): vscode.TerminalOptions {
  const others = terminalsOf(agent).length;
  const { executable, args, env } = agentProcess(distribution, home, agent.id, "interactive", { ...options, hold: true });
  return {
    name: others === 0 ? agentName(agent) : `${agentName(agent)} (${others + 1})`,
    shellPath: executable,
    shellArgs: args,
    env,
    iconPath: new vscode.ThemeIcon(agent.sdk === "claude" ? "sparkle" : "hubot"),
    color: new vscode.ThemeColor(colourOf(agent.id)),
    // A revived terminal would start the agent without anybody having asked for it.
    isTransient: true,
  };
}

function terminalsOf({ id }: Agent): vscode.Terminal[] {
  return vscode.window.terminals.filter((terminal) => agentIdOf(terminal) === id && !terminal.exitStatus);
}

async function chooseTerminal(agent: Agent, open: readonly vscode.Terminal[]): Promise<vscode.Terminal | "new" | undefined> {
  const items: (vscode.QuickPickItem & { terminal: vscode.Terminal | "new" })[] = [
    ...open.map((terminal) => ({ label: `$(eye) Show ${terminal.name}`, terminal })),
    { label: "$(add) Start Another One", description: "with a session of its own", terminal: "new" },
  ];
  const title = `AIHub: Launch ${agentName(agent)}`;
  return (await vscode.window.showQuickPick(items, { title, placeHolder: `${agentName(agent)} runs already` }))?.terminal;
}

/** The agent's own, unless another agent that is open has it. */
function colourOf(id: string): string {
  const taken = vscode.window.terminals.flatMap((terminal) => {
    const other = agentIdOf(terminal);
    return other === undefined || other === id ? [] : [(terminal.creationOptions as vscode.TerminalOptions).color?.id];
  });
  const first = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);
  const own = colours.map((_, index) => colours[(first + index) % colours.length] ?? "terminal.ansiBlue");
  return own.find((colour) => !taken.includes(colour)) ?? own[0] ?? "terminal.ansiBlue";
}
