import * as vscode from "vscode";
import { messageOf } from "../common/errors";
import { settings } from "./ids";
import type { Services } from "./services";

const modes = ["auto", "on", "off"] as const;

/** Keeps the gateway's copy of the sign-ins fresh while a window is open, as the person has set it. */
export function followGateway({ store, log }: Services): vscode.Disposable {
  const apply = () => {
    const value = vscode.workspace.getConfiguration().get<string>(settings.mirrorCredentials);
    const mode = modes.find((each) => each === value) ?? "auto";
    store.setMirrorMode(mode).catch((error: unknown) => log.warn(messageOf(error)));
  };
  apply();
  const changes = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(settings.mirrorCredentials)) apply();
  });
  return vscode.Disposable.from(changes, store.follow());
}
