import type { Logger } from "../common/logger";
import type { CredentialStore } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";
import type { OAuthCredential } from "../store/schema";
import { putRenewed } from "./refreshRecord";

interface Unwritten {
  /** The refresh token that was spent for it. */
  spent: string;
  credential: OAuthCredential;
}

/** Renewed credentials that could not be stored: the disk is full, or may not be written, or the file is out of reach. */
const unwritten = new WeakMap<CredentialStore, Map<ProfileId, Unwritten>>();

export function keepInMemory(store: CredentialStore, profile: ProfileId, spent: OAuthCredential, credential: OAuthCredential): void {
  const held = unwritten.get(store) ?? new Map<ProfileId, Unwritten>();
  unwritten.set(store, held.set(profile, { spent: spent.refresh, credential }));
}

/** What this process holds, where the store cannot even be read. */
export function keptInMemory(store: CredentialStore, profile: ProfileId): OAuthCredential | undefined {
  return unwritten.get(store)?.get(profile)?.credential;
}

/** The credential that this process holds in place of the stored one, written first if that is possible by now. */
export async function heldInMemory(store: CredentialStore, profile: ProfileId, stored: OAuthCredential, logger?: Logger): Promise<OAuthCredential | undefined> {
  const held = unwritten.get(store)?.get(profile);
  if (!held) return undefined;
  if (stored.refresh !== held.spent) {
    // Signed in anew meanwhile.
    unwritten.get(store)?.delete(profile);
    return undefined;
  }
  try {
    await store.update((draft) => {
      if (draft.credentials[profile]?.refresh === held.spent) putRenewed(draft, profile, held.credential);
    });
    unwritten.get(store)?.delete(profile);
    logger?.info(`The renewed sign-in ${profile} is stored now.`);
  } catch {
    // Still not: it has been said why, and the next look tries again.
  }
  return held.credential;
}
