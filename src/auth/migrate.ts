import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Logger } from "../common/logger";
import { providers } from "../providers/registry";
import type { CredentialStore } from "../store/credentialStore";
import { defaultName, profileId } from "../store/profileId";
import type { OAuthCredential } from "../store/schema";
import { storePaths } from "../store/paths";
import { entryOf } from "./borrowed";

/** Where Pi keeps its sign-ins, the newer file first. */
const piFiles = () => ["auth.json", "oauth.json"].map((name) => join(homedir(), ".pi", "agent", name));

/**
 * On the first run, when there is no store yet, takes over the sign-ins that Pi has. The originals are not touched.
 * Where refresh tokens rotate, Pi stays the owner: we follow what it renews and never renew ourselves, because two
 * owners would log each other out.
 */
export async function migrateFromPi(store: CredentialStore, home: string, logger: Logger): Promise<void> {
  if (await exists(storePaths(home).credentials)) return;
  const found: { provider: string; credential: OAuthCredential; label: string }[] = [];
  for (const provider of providers) {
    const { id, name } = provider;
    for (const file of piFiles()) {
      const entry = await entryOf(file, id);
      if (!entry) continue;
      const rotates = provider.exchange === undefined;
      found.push({ provider: id, label: entry.email ?? `${name} (from Pi)`, credential: rotates ? { ...entry, borrowedFrom: file } : entry });
      break;
    }
  }
  if (found.length === 0) return;
  const taken = await store.update((draft) =>
    found.filter(({ provider, credential, label }) => {
      const profile = profileId(provider, defaultName);
      if (draft.credentials[profile]) return false;
      draft.credentials[profile] = credential;
      draft.index.profiles[profile] = { provider, type: "oauth", label };
      return true;
    }),
  );
  if (taken.length === 0) return;
  logger.warn(
    `Took over Pi's sign-ins for ${taken.map(({ label }) => label).join(", ")}. Pi keeps renewing them; sign in with AIHub for one of your own.`,
  );
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(() => true, () => false);
}
