import * as vscode from "vscode";
import type { Logger } from "../common/logger";
import { redact } from "../common/redact";

export interface EditorLog extends Logger, vscode.Disposable {
  show(): void;
}

/** The “AIHub” output channel. What looks like a secret does not pass. */
export function createLog(): EditorLog {
  const channel = vscode.window.createOutputChannel("AIHub", { log: true });
  return {
    debug: (message) => channel.debug(redact(message)),
    info: (message) => channel.info(redact(message)),
    warn: (message) => channel.warn(redact(message)),
    show: () => channel.show(),
    dispose: () => channel.dispose(),
  };
}
