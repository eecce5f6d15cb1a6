import { access } from "node:fs/promises";
import type { Logger } from "../common/logger";
import type { CredentialStore } from "../store/credentialStore";
import { storePaths } from "../store/paths";

/** On the first run, when there is no store yet, takes over the sign-ins that Pi has. The originals are not touched. */
export async function migrateFromPi(store: CredentialStore, home: string, logger: Logger): Promise<void> {
  if (await exists(storePaths(home).credentials)) return;
  // Loaded for that one run.
  const { findSignIns, takeOver } = await import("./importSignIns");
  const { signIns } = await findSignIns(await store.read(), home, "pi");
  // At once: there is a store after the first, and nobody would come back for the others.
  const labels = (await takeOver(store, signIns)).map(({ label }) => label);
  if (labels.length === 0) return;
  logger.warn(`Took over Pi's sign-ins for ${labels.join(", ")}. Pi keeps renewing them; sign in with AIHub for one of your own.`);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(() => true, () => false);
}
