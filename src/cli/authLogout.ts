import { createInterface } from "node:readline/promises";
import { logout } from "../auth/logout";
import { AIHubError } from "../common/errors";
import { terminalLogger } from "../common/logger";
import { honourNetworkEnvironment } from "../common/proxy";
import { openStore } from "./context";
import { namedProfile } from "./profileArgument";
import { withProgress } from "./progress";

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
  await withProgress("Signing out…", logout(store, profile.id, terminalLogger));
  console.log(`Logged out from ${name}`);
}

async function isConfirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new AIHubError("nobody_to_ask");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines.question(`${question} [y/N] `);
  lines.close();
  return /^y(?:es)?$/i.test(answer.trim());
}
