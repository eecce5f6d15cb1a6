import { createInterface } from "node:readline";
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

/** @throws AIHubError `nobody_to_ask`, `cancelled` when the person leaves the question with Ctrl-C or Ctrl-D */
async function isConfirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new AIHubError("nobody_to_ask");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await new Promise<string | undefined>((resolve) => {
    lines.once("close", () => resolve(undefined));
    lines.question(`${question} [y/N] `, resolve);
  });
  lines.close();
  if (answer !== undefined) return /^y(?:es)?$/i.test(answer.trim());
  process.stderr.write("\n");
  throw new AIHubError("cancelled");
}
