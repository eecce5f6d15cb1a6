import { createInterface } from "node:readline/promises";
import { CommanderError } from "commander";
import { logout } from "../auth/logout";
import { terminalLogger } from "../common/logger";
import { honourNetworkEnvironment } from "../common/proxy";
import { openStore } from "./context";
import { namedProfile } from "./profileArgument";

/** `aihub auth logout <provider|profile>` */
export async function authLogout(name: string, { yes }: { yes?: boolean }): Promise<void> {
  const store = await openStore();
  const profile = namedProfile(name, await store.read());
  if (!profile) {
    console.log(`Not logged in to ${name}`);
    return;
  }
  if (!yes && !(await isConfirmed(`Sign out of ${profile.label} (${profile.id})?`))) return;
  await honourNetworkEnvironment();
  await logout(store, profile.id, terminalLogger);
  console.log(`Logged out from ${name}`);
}

async function isConfirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    console.error("Nobody is here to be asked. Add --yes to sign out.");
    throw new CommanderError(2, "aihub.notConfirmed", "not confirmed");
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines.question(`${question} [y/N] `);
  lines.close();
  return /^y(?:es)?$/i.test(answer.trim());
}
