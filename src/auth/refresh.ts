import { AIHubError, isAIHubError } from "../common/errors";
import { timedFetch } from "../common/http";
import { silentLogger, type Logger } from "../common/logger";
import { findProvider } from "../providers/registry";
import type { Provider } from "../providers/provider";
import type { CredentialStore } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";
import type { OAuthCredential } from "../store/schema";
import { refreshedCredential } from "./credential";
import { refreshGrant } from "./oauthClient";
import { tokenHash } from "./profiles";
import { isDue } from "./refreshAhead";

/** What `expires` stands early; until then the vendor still takes the token. */
const graceAfterExpires = 5 * 60_000;

export interface RefreshOptions {
  store: CredentialStore;
  profile: ProfileId;
  signal?: AbortSignal;
  logger?: Logger;
}

/**
 * The profile's credential, renewed first when it is due.
 *
 * At most one process at a time asks the vendor: the decision is made again under the credential's lock, on what
 * the store then holds, and the new tokens are written before the lock is released. Everyone else finds them there.
 *
 * @throws AIHubError `not_signed_in`, `sign_in_again`, or, when the token is of no more use, why it could not be renewed.
 */
export async function freshCredential(options: RefreshOptions): Promise<OAuthCredential> {
  const { store, profile } = options;
  const current = await stored(store, profile);
  if (!isDue(current)) return current;
  try {
    return await store.withCredentialLock(profile, (ensureHeld) => renewUnderLock(options, ensureHeld));
  } catch (error) {
    // A token that the vendor still takes outlives a refresh that may succeed the next time.
    const latest = await stored(store, profile);
    const isPassing = isAIHubError(error, "offline", "rate_limited", "vendor_fault", "malformed_answer", "store_busy");
    if (isPassing && Date.now() < latest.expires + graceAfterExpires) return latest;
    throw error;
  }
}

async function renewUnderLock({ store, profile, signal, logger = silentLogger }: RefreshOptions, ensureHeld: () => void): Promise<OAuthCredential> {
  const current = await stored(store, profile);
  if (!isDue(current)) return current;
  const provider = findProvider(providerOf(profile));
  if (!provider) throw new AIHubError("unknown_provider", { provider: providerOf(profile) });
  await failIfOver(store, profile, provider, current);
  logger.info(`Renewing ${profile}.`);
  let renewed: OAuthCredential;
  try {
    renewed = await renew(provider, current, signal);
  } catch (error) {
    if (!isAIHubError(error, "sign_in_again")) throw error;
    return adoptOrGiveUp(store, profile, provider, current, error);
  }
  ensureHeld();
  return store.update((draft) => {
    const stands = draft.credentials[profile];
    // Signed out meanwhile, or signed in anew: what was decided there is newer than this answer.
    if (!stands) throw new AIHubError("not_signed_in", { provider: provider.name, known: [provider.id] });
    if (stands.refresh !== current.refresh || stands.access !== current.access) return stands;
    draft.credentials[profile] = renewed;
    return renewed;
  });
}

async function renew(provider: Provider, current: OAuthCredential, signal?: AbortSignal): Promise<OAuthCredential> {
  if (provider.exchange) {
    return { ...current, ...(await provider.exchange(current.refresh, timedFetch(signal), current.enterpriseUrl)) };
  }
  return refreshedCredential(current, await refreshGrant(provider, current.refresh, signal));
}

/** The vendor said no for good. Somebody who does not lock may have renewed it; else the profile needs a sign-in. */
async function adoptOrGiveUp(store: CredentialStore, profile: ProfileId, provider: Provider, refused: OAuthCredential, error: AIHubError) {
  return store.update((draft) => {
    const stands = draft.credentials[profile];
    if (stands && stands.refresh !== refused.refresh) return { adopted: stands };
    const entry = draft.index.profiles[profile] ?? { provider: provider.id, type: "oauth" as const };
    draft.index.profiles[profile] = {
      ...entry,
      signInAgain: { at: Date.now(), reason: error.details.reason ?? "", token: tokenHash(refused.refresh) },
    };
    return { adopted: undefined };
  }).then(({ adopted }) => {
    if (adopted) return adopted;
    throw new AIHubError("sign_in_again", { provider: provider.name, profile, reason: error.details.reason });
  });
}

/** Spares the vendor a token that it has refused already. */
async function failIfOver(store: CredentialStore, profile: ProfileId, provider: Provider, current: OAuthCredential): Promise<void> {
  const over = (await store.read()).index.profiles[profile]?.signInAgain;
  if (over?.token === tokenHash(current.refresh)) {
    throw new AIHubError("sign_in_again", { provider: provider.name, profile, reason: over.reason });
  }
}

async function stored(store: CredentialStore, profile: ProfileId): Promise<OAuthCredential> {
  const credential = (await store.read()).credentials[profile];
  if (credential) return credential;
  const provider = findProvider(providerOf(profile));
  throw new AIHubError("not_signed_in", { provider: provider?.name ?? providerOf(profile), known: [providerOf(profile)] });
}
