import * as vscode from "vscode";
import { isAIHubError, messageOf } from "../common/errors";
import { login, logout, showAccounts } from "./accountCommands";
import { commands } from "./ids";
import type { Services } from "./services";

export function registerCommands(services: Services): vscode.Disposable {
  const handlers: Record<keyof typeof commands, (services: Services) => unknown> = {
    login: (each) => login(each),
    logout: (each) => logout(each),
    showAccounts,
    setAgentAuth: async (each) => (await import("./agentCommands")).setAgentAuth(each),
    launchAgent: async (each) => (await import("./agentCommands")).launchAgent(each),
    showLog: (each) => each.log.show(),
  };
  const registrations = Object.entries(handlers).map(([name, handler]) =>
    vscode.commands.registerCommand(commands[name as keyof typeof commands], () => tellFailure(services, handler)),
  );
  return vscode.Disposable.from(...registrations);
}

async function tellFailure(services: Services, handler: (services: Services) => unknown): Promise<void> {
  try {
    await handler(services);
  } catch (error) {
    if (isAIHubError(error, "cancelled")) return;
    services.log.warn(messageOf(error));
    const showLog = "Show Log";
    const action = await vscode.window.showErrorMessage(messageOf(error), showLog);
    if (action === showLog) services.log.show();
  }
}
