import { endOnSignals, unlessAskedToEnd } from "../auth/ending";
import { resolveApiKeyForProfile } from "../auth/resolve";
import { AIHubError } from "../common/errors";
import { terminalLogger } from "../common/logger";
import { honourNetworkEnvironment } from "../common/proxy";
import { providerName } from "../providers/registry";
import { openStore } from "./context";
import { namedProfile } from "./profileArgument";
import { withProgress } from "./progress";

/** `aihub auth token <provider|profile>`: the token alone, for scripts that take it through a pipe. */
export async function authToken(name: string): Promise<void> {
  const store = await openStore();
  const profile = namedProfile(name, await store.read());
  if (!profile) throw new AIHubError("not_signed_in", { provider: providerName(name), signIn: name });
  await honourNetworkEnvironment();
  endOnSignals("SIGINT", "SIGTERM", "SIGHUP");
  const { key } = await withProgress("Renewing the sign-in…", resolveApiKeyForProfile({ store, profileId: profile.id, logger: terminalLogger }));
  await unlessAskedToEnd();
  console.log(key);
}
