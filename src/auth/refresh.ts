import { AIHubError, isAIHubError, messageOf } from "../common/errors";
import { httpTimeout, timedFetch } from "../common/http";
import { silentLogger, type Logger } from "../common/logger";
import type { Provider } from "../providers/provider";
import { findProvider, providerName } from "../providers/registry";
import type { CredentialStore } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";
import type { IndexEntry, OAuthCredential } from "../store/schema";
import { followOwner } from "./borrowed";
import { refreshedCredential } from "./credential";
import { endsAfter } from "./ending";
import { refreshGrant } from "./oauthClient";
import { tokenHash } from "./profiles";
import { isDue, isStillTaken, justIssued } from "./refreshAhead";
import { explainLoss, failIfPaused, hasDied, indexEntry, noteUnanswered, pauseAfter, putRenewed, recordRefresh, spendOnce } from "./refreshRecord";
import { forgetHeld, heldInMemory, keepInMemory, keptInMemory, storedInPlaceOf } from "./unwritten";

export interface RefreshOptions {
  store: CredentialStore;
  profile: ProfileId;
  /** An access token that the vendor refused, whatever its `expires` says: while it stands, it is due. */
  refused?: string;
  /** Ends the caller's wait. A renewal that has begun goes on: cut short, it could cost the sign-in. */
  signal?: AbortSignal;
  logger?: Logger;
}

interface Renewal extends RefreshOptions {
  /** What the caller found and took for due. */
  seen: OAuthCredential;
}

/**
 * The profile's credential, renewed first when it is due.
 *
 * At most one process at a time asks the vendor: the decision is made again under the credential's lock, on what
 * the store then holds, and the new tokens are written before the lock is released. Everyone else finds them there
 * as soon as they are written. Nobody waits longer than `httpTimeout` for a slow vendor.
 *
 * @throws AIHubError `not_signed_in`, `sign_in_again`, or, when the token is of no more use, why it could not be renewed.
 */
export async function freshCredential(options: RefreshOptions): Promise<OAuthCredential> {
  const { credential } = await look(options);
  if (!needsRenewal(options, credential)) return credential;
  try {
    return await renewOrAdopt({ ...options, seen: credential });
  } catch (error) {
    // A token that the vendor still takes outlives a refresh that may succeed the next time.
    const { credential: latest } = await look(options);
    if (isPassing(error) && isStillTaken(latest)) return latest;
    throw error;
  }
}

/**
 * What the vendor gives to the holder of the lock: to us, or to another process that we wait for. When it is slow, the
 * caller is let go; the holder listens on, with the lock, and stores an answer that comes late.
 */
function renewOrAdopt(options: Renewal): Promise<OAuthCredential> {
  const { store, profile, signal } = options;
  const noAnswer = new AIHubError("offline", { host: new URL(providerOfProfile(profile).endpoints.token).host, reason: "no answer in time" });
  const waitsUntil = Date.now() + httpTimeout;
  const waiter = {
    settle: async () => {
      const latest = await look(options);
      if (!needsRenewal(options, latest.credential)) return latest.credential;
      if (Date.now() > waitsUntil) throw noAnswer;
      return undefined;
    },
    isHolderDead: async () => hasDied((await look(options)).entry?.refreshing),
  };
  return new Promise((resolve, reject) => {
    const cancel = () => reject(new AIHubError("cancelled"));
    signal?.addEventListener("abort", cancel, { once: true });
    const timer = setTimeout(() => reject(noAnswer), httpTimeout);
    const renewal: Promise<OAuthCredential> = store.withCredentialLock(profile, () => {
      // With the release of the lock: left behind, it would keep others waiting. A mere wait for it may be cut short.
      endsAfter(renewal);
      return renewUnderLock(options);
    }, waiter);
    renewal.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    });
  });
}

async function renewUnderLock(options: Renewal): Promise<OAuthCredential> {
  const { store, profile, logger = silentLogger } = options;
  await store.beforeRenewal?.(profile);
  const { credential: current, entry } = await look(options);
  if (!needsRenewal(options, current)) return current;
  const provider = providerOfProfile(profile);
  if (entry?.signInAgain?.token === tokenHash(current.refresh)) {
    // Spares the vendor a token that it has refused already.
    throw new AIHubError("sign_in_again", { provider: provider.name, profile, reason: entry.signInAgain.reason });
  }
  failIfPaused(provider, entry);
  if (current.borrowedFrom) return followOwner(options, provider, current);

  return spendOnce(profile, current, async () => {
    // Also the test of the disk: an answer that could not be stored would lose the sign-in.
    await recordRefresh(options, current, storedInPlaceOf(current, options));
    logger.info(`Renewing ${profile}.`);
    try {
      return await save(options, current, await renew(provider, current));
    } catch (error) {
      if (isAIHubError(error, "sign_in_again")) return adoptOrGiveUp(options, provider, current, entry, error);
      if (isAIHubError(error, ...refusals)) await pauseAfter(options, error);
      else await noteUnanswered(options);
      throw error;
    }
  });
}

async function renew(provider: Provider, current: OAuthCredential): Promise<OAuthCredential> {
  if (provider.exchange) {
    return justIssued({ ...current, ...(await provider.exchange(current.refresh, timedFetch(), current.enterpriseUrl)) });
  }
  return justIssued(refreshedCredential(current, await refreshGrant(provider, current.refresh)));
}

/**
 * Writes what the vendor gave for `spent`, unless something newer stands there. That comparison, made under the
 * store's lock, protects the store by itself: these tokens are the only successors of the ones that were spent,
 * so they are written even if the credential's lock was lost meanwhile.
 */
async function save(options: RefreshOptions, spent: OAuthCredential, renewed: OAuthCredential): Promise<OAuthCredential> {
  const { store, profile, logger = silentLogger } = options;
  const inPlace = storedInPlaceOf(spent, options);
  try {
    return await store.update((draft) => {
      const stands = draft.credentials[profile];
      // Signed out meanwhile, or signed in anew: what was decided there is newer than this answer.
      if (!stands) throw draft.unreadable?.[profile] ?? notSignedIn(profile);
      if (![spent, inPlace].some(({ refresh, access }) => stands.refresh === refresh && stands.access === access)) return stands;
      putRenewed(draft, profile, renewed);
      return renewed;
    });
  } catch (error) {
    if (isAIHubError(error, "not_signed_in")) throw error;
    // Whatever stands in the way of the store by now: the old tokens are spent, and these are all that is left.
    keepInMemory(options, inPlace, renewed);
    logger.warn(`The renewed sign-in ${profile} is held in memory. ${messageOf(error)}`);
    return renewed;
  }
}

/** The vendor said no for good. Somebody who does not lock may have renewed it; else the profile needs a sign-in. */
async function adoptOrGiveUp(
  options: RefreshOptions,
  provider: Provider,
  refused: OAuthCredential,
  before: IndexEntry | undefined,
  error: AIHubError,
): Promise<OAuthCredential> {
  const { store, profile } = options;
  const inPlace = storedInPlaceOf(refused, options);
  const reason = explainLoss(before?.refreshing, tokenHash(inPlace.refresh)) ?? error.details.reason ?? "";
  const adopted = await store.update((draft) => {
    const stands = draft.credentials[profile];
    // Signed out meanwhile: there is nothing to give up.
    if (!stands) throw notSignedIn(profile);
    if (stands.refresh !== refused.refresh && stands.refresh !== inPlace.refresh) return stands;
    const { refreshing: _over, ...entry } = indexEntry(draft, profile);
    draft.index.profiles[profile] = { ...entry, signInAgain: { at: Date.now(), reason, token: tokenHash(stands.refresh) } };
    return undefined;
  });
  forgetHeld(options);
  if (adopted) return adopted;
  throw new AIHubError("sign_in_again", { provider: provider.name, profile, reason });
}

/** What the store holds, or what this process could not write there yet. */
async function look(options: RefreshOptions): Promise<{ credential: OAuthCredential; entry: IndexEntry | undefined }> {
  const { store, profile } = options;
  const snapshot = await store.read().catch((error: unknown) => {
    const credential = keptInMemory(options);
    if (credential) return { credential };
    throw error;
  });
  if ("credential" in snapshot) return { ...snapshot, entry: undefined };
  const stored = snapshot.credentials[profile];
  if (!stored) throw snapshot.unreadable?.[profile] ?? notSignedIn(profile);
  const entry = snapshot.index.profiles[profile];
  return { credential: (await heldInMemory(options, stored)) ?? stored, entry };
}

function needsRenewal({ refused, seen }: RefreshOptions & { seen?: OAuthCredential }, credential: OAuthCredential): boolean {
  if (credential.access === refused) return true;
  // What was given while we waited is as fresh as it gets, however briefly it lives.
  const isNew = seen !== undefined && credential.access !== seen.access && isStillTaken(credential);
  return !isNew && isDue(credential);
}

/** What a vendor may answer without a word on the sign-in itself. */
const refusals = ["rate_limited", "vendor_fault", "vendor_refused", "malformed_answer", "no_subscription", "access_denied"] as const;

/** Failures after which a token that the vendor still takes stays in use. */
function isPassing(error: unknown): boolean {
  return isAIHubError(error, ...refusals, "offline", "store_busy", "store_not_writable", "store_newer", "held_elsewhere");
}

function providerOfProfile(profile: ProfileId): Provider {
  const provider = findProvider(providerOf(profile));
  if (!provider) throw new AIHubError("unknown_provider", { provider: providerOf(profile) });
  return provider;
}

function notSignedIn(profile: ProfileId): AIHubError {
  const id = providerOf(profile);
  return new AIHubError("not_signed_in", { provider: providerName(id), signIn: findProvider(id)?.id });
}
