import * as vscode from "vscode";
import { messageOf } from "../common/errors";
import { terminalProfiles } from "./ids";
import { loadAgents, type Services } from "./services";

/** The agent that a terminal was started with, as `agentProcess` writes it. */
export function agentIdOf({ creationOptions }: vscode.Terminal): string | undefined {
  const args = "shellArgs" in creationOptions && Array.isArray(creationOptions.shellArgs) ? creationOptions.shellArgs : [];
  const [main = "", mode, id] = args;
  return /[\\/]agent[\\/]main\.mjs$/.test(main) && mode === "interactive" ? id : undefined;
}

/** “AIHub Agent” among the terminals that the editor offers, and a way back when an agent ended by itself. */
export function registerAgentTerminals(services: Services): vscode.Disposable {
  const profile = vscode.window.registerTerminalProfileProvider(terminalProfiles.agent, {
    async provideTerminalProfile() {
      try {
        return await (await loadAgents()).agentTerminalProfile(services);
      } catch (error) {
        void vscode.window.showErrorMessage(messageOf(error));
        return undefined;
      }
    },
  });
  // The editor leaves one that comes out of its menu behind the others.
  const opening = vscode.window.onDidOpenTerminal((terminal) => {
    if (agentIdOf(terminal) !== undefined) terminal.show();
  });
  const closing = vscode.window.onDidCloseTerminal((terminal) => void offerRestart(terminal));
  return vscode.Disposable.from(profile, opening, closing);
}

/** Not where the person closed the terminal or left the agent: they know. */
async function offerRestart(terminal: vscode.Terminal): Promise<void> {
  const { code, reason } = terminal.exitStatus ?? {};
  if (agentIdOf(terminal) === undefined || !code || reason !== vscode.TerminalExitReason.Process) return;
  const restart = "Restart";
  const goOn = "Continue Last Session";
  const action = await vscode.window.showWarningMessage(`${terminal.name} ended with code ${code}.`, restart, goOn);
  if (!action) return;
  const options = terminal.creationOptions as vscode.TerminalOptions;
  const args = (options.shellArgs as string[]).filter((each) => each !== "--continue");
  vscode.window.createTerminal({ ...options, shellArgs: action === goOn ? [...args, "--continue"] : args }).show();
}
