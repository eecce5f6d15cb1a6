import { createFileCredentialStore } from "../store/fileCredentialStore";
import { aihubHome } from "../store/paths";
import type { CredentialStore } from "../store/credentialStore";
import type { Logger } from "../common/logger";
import { redact } from "../common/redact";

/** Warnings go where they do not disturb what a command prints. */
export const terminalLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (message) => console.error(redact(message)),
};

export function openStore(): CredentialStore {
  return createFileCredentialStore(aihubHome(), terminalLogger);
}
