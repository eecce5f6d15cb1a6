import * as vscode from "vscode";
import { AIHubError } from "../common/errors";
import { findGatewayCli } from "../gateway/findCli";
import { readConfigText } from "../gateway/config";
import { configFile } from "../gateway/paths";
import { gatewayOf, locateGateway, textSetting } from "./gatewayConnection";
import { settings } from "./ids";
import type { Services } from "./services";

/** “AIHub: Start Gateway” */
export async function startGateway(services: Services): Promise<void> {
  const gateway = gatewayOf(services);
  const running = await gateway.ready();
  if (running) return tellRunning(services, running.url);
  // It would say so too, in a terminal that is gone with it.
  await readConfigText(configFile(services.home));
  const setting = textSetting(settings.cliPath);
  const cli = await findGatewayCli(setting);
  if (!cli) throw new AIHubError(setting ? "gateway_cli_not_executable" : "gateway_cli_missing", { file: setting });
  const isScript = process.platform === "win32" && cli.endsWith(".cmd");
  vscode.window
    .createTerminal({
      name: "AIHub Gateway",
      shellPath: isScript ? "cmd.exe" : cli,
      shellArgs: isScript ? ["/c", cli, "gateway"] : ["gateway"],
      env: { AIHUB_HOME: services.home },
      iconPath: new vscode.ThemeIcon("server-process"),
      // A revived terminal would start a gateway without anybody having asked for it.
      isTransient: true,
    })
    .show();
  gateway.retry();
}

/** “AIHub: Open Gateway UI” */
export async function openGatewayUi(services: Services): Promise<void> {
  const address = await locateGateway(services);
  if (!address?.pageUrl) throw new AIHubError("gateway_without_page", { file: configFile(services.home) });
  await vscode.env.openExternal(await vscode.env.asExternalUri(vscode.Uri.parse(address.pageUrl)));
}

async function tellRunning(services: Services, url: string): Promise<void> {
  const open = "Open Gateway UI";
  const action = await vscode.window.showInformationMessage(`The gateway runs at ${url} already.`, open);
  if (action === open) await openGatewayUi(services);
}
