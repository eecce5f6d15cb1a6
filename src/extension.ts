import * as vscode from "vscode";
import { migrateFromPi } from "./auth/migrate";
import { messageOf } from "./common/errors";
import { createMirroredStore } from "./gateway/mirroredStore";
import { providers } from "./providers/registry";
import { aihubHome } from "./store/paths";
import { registerAgentFileHelp } from "./vscode/agentFileHelp";
import { registerAgentTerminals } from "./vscode/agentTerminals";
import type { AIHubApi } from "./vscode/api";
import { AccountsProvider } from "./vscode/authenticationProvider";
import { exportApi } from "./vscode/exportApi";
import { createLog } from "./vscode/log";
import { followGateway } from "./vscode/mirror";
import { registerCommands } from "./vscode/registerCommands";
import { keepFresh } from "./vscode/renewal";
import { loadAuth, type Services } from "./vscode/services";
import { registerSignInLinks } from "./vscode/signInLinks";
import { createStatusBar } from "./vscode/statusBar";
import { addToTerminalPath } from "./vscode/terminalPath";
import { registerUriHandler } from "./vscode/uriHandler";
import { createViews } from "./vscode/views";

let settle: () => Promise<void> = () => Promise.resolve();

export function activate(context: vscode.ExtensionContext): AIHubApi {
  const log = createLog();
  const home = aihubHome();
  const services: Services = { home, log, store: createMirroredStore(home, log), subscriptions: context.subscriptions, distribution: context.asAbsolutePath("dist") };

  // First and synchronously: the editor waits for a provider that it was promised only for seconds.
  const accounts = providers.map((provider) => new AccountsProvider(provider, services));
  const registrations = providers.map((provider, index) =>
    vscode.authentication.registerAuthenticationProvider(provider.authenticationId, provider.label, accounts[index]!, { supportsMultipleAccounts: true }),
  );
  const statusBar = createStatusBar(services);
  const fileHelp = registerAgentFileHelp(services);
  const followStore = () => {
    for (const account of accounts) void account.sync();
    statusBar.update();
    fileHelp.update();
  };
  const changes = services.store.onDidChange(followStore);
  // Where the file system reports nothing, a person who comes back sees the truth at once.
  const focus = vscode.window.onDidChangeWindowState(({ focused }) => {
    if (focused) followStore();
  });
  void migrateFromPi(services.store, home, log)
    .catch((error: unknown) => log.warn(messageOf(error)))
    .then(followStore);
  context.subscriptions.push(
    ...[log, ...accounts, ...registrations, statusBar, fileHelp, changes, focus],
    ...[registerCommands(services, context.globalState), registerSignInLinks(), registerUriHandler(), registerAgentTerminals(services)],
    ...[keepFresh(services), addToTerminalPath(context, services), followGateway(services), createViews(services)],
  );
  settle = () => services.store.sync();
  return exportApi(services, context.globalState);
}

/** The editor gives a closing window some seconds: enough for a renewal under way to be stored. */
export async function deactivate(): Promise<void> {
  const { refreshesSettled } = await loadAuth();
  await refreshesSettled();
  await settle();
}
