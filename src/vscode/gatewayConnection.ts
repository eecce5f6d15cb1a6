import * as vscode from "vscode";
import { dereference } from "../common/environmentReference";
import { gatewayAddress, type GatewayAddress } from "../gateway/address";
import { createGatewayClient, type GatewayClient } from "../gateway/client";
import type { Endpoint } from "../gateway/connection";
import { configFile } from "../gateway/paths";
import { watchFiles } from "../store/watch";
import { settings } from "./ids";
import type { Services } from "./services";

let client: GatewayClient | undefined;

/** This window's connection to the gateway, opened when somebody first looks. */
export function gatewayOf(services: Services): GatewayClient {
  if (client) return client;
  const opened = createGatewayClient(() => endpoint(services), services.log);
  const again = () => opened.retry();
  const watcher = watchFiles([configFile(services.home)], again);
  const setting = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(settings.gatewayUrl) || event.affectsConfiguration(settings.gatewayToken)) again();
  });
  services.subscriptions.push(opened, watcher, setting);
  client = opened;
  return opened;
}

export function locateGateway({ home }: Services): Promise<GatewayAddress | undefined> {
  return gatewayAddress(home, textSetting(settings.gatewayUrl));
}

/** Where the gateway is and what it asks for. */
export async function endpoint(services: Services): Promise<Endpoint | undefined> {
  const address = await locateGateway(services);
  return address && { url: address.url, token: token() };
}

function token(): string | undefined {
  const value = textSetting(settings.gatewayToken);
  return value && dereference(value);
}

export function textSetting(name: string): string | undefined {
  return vscode.workspace.getConfiguration().get<string>(name)?.trim() || undefined;
}
