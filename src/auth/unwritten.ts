import type { Logger } from "../common/logger";
import type { CredentialStore } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";
import type { OAuthCredential } from "../store/schema";
import { isBeingSpent, putRenewed, renewRecord } from "./refreshRecord";

/** How soon what could not be stored is tried again, also where nobody asks for it, in ms. */
const nextTry = 30_000;

interface Unwritten {
  /** What the store still holds in its place, spent. */
  stands: OAuthCredential;
  credential: OAuthCredential;
}

interface Target {
  store: CredentialStore;
  profile: ProfileId;
  logger?: Logger;
}

/** Renewed credentials that could not be stored: the disk is full, or may not be written, or the file is out of reach. */
const unwritten = new WeakMap<CredentialStore, Map<ProfileId, Unwritten>>();

/** Holds `credential` in place of `stands`, which the store still has, and writes it as soon as that is possible. */
export function keepInMemory(target: Target, stands: OAuthCredential, credential: OAuthCredential): void {
  const held = { stands, credential };
  const all = unwritten.get(target.store) ?? new Map<ProfileId, Unwritten>();
  unwritten.set(target.store, all.set(target.profile, held));
  tryLater(target, held);
}

export function forgetHeld({ store, profile }: Target): void {
  unwritten.get(store)?.delete(profile);
}

/** What this process holds, where the store cannot even be read. */
export function keptInMemory({ store, profile }: Target): OAuthCredential | undefined {
  return unwritten.get(store)?.get(profile)?.credential;
}

/** What the store has in the place of `current`: the same, or the spent one before it where `current` is held in memory. */
export function storedInPlaceOf(current: OAuthCredential, { store, profile }: Target): OAuthCredential {
  const held = unwritten.get(store)?.get(profile);
  return held?.credential.refresh === current.refresh ? held.stands : current;
}

/** The credential that this process holds in place of the stored one, written first if that is possible by now. */
export async function heldInMemory(target: Target, stored: OAuthCredential): Promise<OAuthCredential | undefined> {
  const held = unwritten.get(target.store)?.get(target.profile);
  if (!held) return undefined;
  if (stored.refresh !== held.stands.refresh) {
    // Signed in anew meanwhile.
    forgetHeld(target);
    return undefined;
  }
  await write(target, held);
  return held.credential;
}

/** @returns whether it is stored, or need not be any more. */
async function write(target: Target, held: Unwritten): Promise<boolean> {
  const { store, profile, logger } = target;
  try {
    await store.update((draft) => {
      // What is being spent in this moment is not worth storing; its successor comes.
      if (draft.credentials[profile]?.refresh === held.stands.refresh && !isBeingSpent(held.credential)) putRenewed(draft, profile, held.credential);
    });
  } catch {
    // Still not: it has been said why.
    return false;
  }
  if (isBeingSpent(held.credential)) return false;
  if (unwritten.get(store)?.get(profile) === held) {
    forgetHeld(target);
    logger?.info(`The renewed sign-in ${profile} is stored now.`);
  }
  return true;
}

/** Goes on trying for as long as this process lives and holds it: whoever takes the spent one from the store ends the sign-in. */
function tryLater(target: Target, held: Unwritten): void {
  const next = async () => {
    if (unwritten.get(target.store)?.get(target.profile) !== held) return;
    if (await write(target, held)) return;
    await renewRecord(target);
    tryLater(target, held);
  };
  setTimeout(() => void next(), nextTry).unref();
}
