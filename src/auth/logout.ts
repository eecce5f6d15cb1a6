import { timedFetch } from "../common/http";
import { silentLogger, type Logger } from "../common/logger";
import { messageOf } from "../common/errors";
import { findProvider } from "../providers/registry";
import type { CredentialStore, Draft } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";

/**
 * Signs a profile out: removed here, then revoked at the vendor where that can be done and it is our own. A renewal in flight is waited
 * for, so that what is revoked are the newest tokens; a vendor that cannot be reached does not keep the person signed in.
 *
 * @returns whether there was something to sign out of.
 */
export async function logout(store: CredentialStore, profile: ProfileId, logger: Logger = silentLogger): Promise<boolean> {
  const removed = await store.withCredentialLock(
    profile,
    async () => {
      await store.beforeSignOut?.(profile);
      return store.update((draft) => remove(draft, profile));
    },
    { settle: () => Promise.resolve(undefined), isHolderDead: () => Promise.resolve(false) },
  );
  const provider = findProvider(providerOf(profile));
  // A sign-in that was taken over is its owner's: revoked, it would end there too.
  if (removed.credential && !removed.credential.borrowedFrom && provider?.revoke) {
    await provider.revoke(removed.credential, timedFetch()).catch((error: unknown) => {
      logger.warn(`${profile} could not be revoked at ${provider.name}; it is removed here. ${messageOf(error)}`);
    });
  }
  return removed.existed;
}

function remove(draft: Draft, profile: ProfileId) {
  const credential = draft.credentials[profile];
  const { profiles, usageStats, order, lastGood } = draft.index;
  const existed = credential !== undefined || profile in profiles || draft.unreadable?.[profile] !== undefined;
  delete draft.credentials[profile];
  delete draft.unreadable?.[profile];
  delete profiles[profile];
  delete usageStats?.[profile];
  for (const [provider, ids] of Object.entries(order ?? {})) {
    if (!order || !ids.includes(profile)) continue;
    order[provider] = ids.filter((id) => id !== profile);
    if (order[provider].length === 0) delete order[provider];
  }
  if (lastGood?.[providerOf(profile)] === profile) delete lastGood[providerOf(profile)];
  return { credential, existed };
}
