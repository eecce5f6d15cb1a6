import { migrateFromPi } from "../auth/migrate";
import { createFileCredentialStore } from "../store/fileCredentialStore";
import { aihubHome } from "../store/paths";
import type { CredentialStore } from "../store/credentialStore";
import { terminalLogger } from "../common/logger";

/** The store of this home, with what Pi had on the first run. */
export async function openStore(): Promise<CredentialStore> {
  const home = aihubHome();
  const store = createFileCredentialStore(home, terminalLogger);
  await migrateFromPi(store, home, terminalLogger);
  return store;
}
