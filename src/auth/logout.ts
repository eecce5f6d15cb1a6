import { timedFetch } from "../common/http";
import { silentLogger, type Logger } from "../common/logger";
import { messageOf } from "../common/errors";
import { findProvider } from "../providers/registry";
import type { CredentialStore } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";

/**
 * Signs a profile out: revoked at the vendor where that can be done, then removed here.
 * A vendor that cannot be reached does not keep the person signed in.
 *
 * @returns whether there was something to sign out of.
 */
export async function logout(store: CredentialStore, profile: ProfileId, logger: Logger = silentLogger): Promise<boolean> {
  const { credentials, index } = await store.read();
  const credential = credentials[profile];
  const provider = findProvider(providerOf(profile));
  if (credential && provider?.revoke) {
    await provider.revoke(credential, timedFetch()).catch((error: unknown) => {
      logger.warn(`${profile} could not be revoked at ${provider.name}; it is removed here. ${messageOf(error)}`);
    });
  }
  await store.update((draft) => {
    delete draft.credentials[profile];
    delete draft.index.profiles[profile];
    delete draft.index.usageStats?.[profile];
    for (const [id, ids] of Object.entries(draft.index.order ?? {})) {
      if (draft.index.order && ids.includes(profile)) draft.index.order[id] = ids.filter((each) => each !== profile);
    }
    if (draft.index.lastGood?.[providerOf(profile)] === profile) delete draft.index.lastGood[providerOf(profile)];
  });
  return credential !== undefined || profile in index.profiles;
}
