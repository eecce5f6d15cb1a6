import * as vscode from "vscode";
import { isAIHubError, messageOf } from "../common/errors";
import { loginAs, logoutOf, showAccounts } from "./accountCommands";
import { commands } from "./ids";
import { loadAgents, type Services } from "./services";

/** Gets what the command was given: by a link, a CodeLens or another extension. */
type Handler = (services: Services, given?: unknown) => unknown;

export function registerCommands(services: Services, memory: vscode.Memento): vscode.Disposable {
  const handlers: Record<keyof typeof commands, Handler> = {
    login: loginAs,
    logout: logoutOf,
    showAccounts,
    setAgentAuth: async (each, named) => (await loadAgents()).setAgentAuth(each, named),
    setAgentAuthMode: async (each, named) => (await loadAgents()).setAgentAuthMode(each, named),
    setAgentProfile: async (each, named) => (await loadAgents()).setAgentProfile(each, named),
    createAgent: async (each) => (await loadAgents()).createAgent(each),
    launchAgent: async (each, named) => (await loadAgents()).launchAgent(each, named),
    continueAgent: async (each, named) => (await loadAgents()).continueAgent(each, named),
    sendMessage: async (each, named) => (await loadAgents()).sendMessage(each, named),
    startGateway: async (each) => (await loadAgents()).startGateway(each),
    openGatewayUi: async (each) => (await loadAgents()).openGatewayUi(each),
    useGatewayProfile: async (each, named) => (await loadAgents()).useGatewayProfile(each, named),
    undoGatewayProfile: async (each, named) => (await loadAgents()).undoGatewayProfile(each, named),
    manageExtensionAccess: async () => (await import("./createApi")).manageExtensionAccess(memory),
    showLog: (each) => each.log.show(),
  };
  const registrations = Object.entries(handlers).map(([name, handler]) =>
    vscode.commands.registerCommand(commands[name as keyof typeof commands], (given?: unknown) => tellFailure(services, () => handler(services, given))),
  );
  return vscode.Disposable.from(...registrations);
}

async function tellFailure(services: Services, act: () => unknown): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (isAIHubError(error, "cancelled")) return;
    services.log.warn(messageOf(error));
    const createAgent = "Create Agent";
    const showLog = "Show Log";
    const action = await vscode.window.showErrorMessage(messageOf(error), ...(isAIHubError(error, "config_missing") ? [createAgent] : []), showLog);
    if (action === createAgent) await vscode.commands.executeCommand(commands.createAgent);
    if (action === showLog) services.log.show();
  }
}
