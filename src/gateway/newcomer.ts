import { chooseProfile, connect } from "../auth/chooseProfile";
import { identity, plainlyNamed } from "../auth/credential";
import { isAnotherAccount } from "../auth/sameAccount";
import { isAIHubError } from "../common/errors";
import { timedFetch } from "../common/http";
import type { Logger } from "../common/logger";
import type { Account, Provider } from "../providers/provider";
import { findProvider } from "../providers/registry";
import type { CredentialStore, Draft, Snapshot } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";
import type { Mirrored, OAuthCredential } from "../store/schema";
import { recordAfter, rotationOf, type Newcomer } from "./mirrorPlan";

/**
 * Takes tokens of the gateway into the store: onto the profile whose tokens they succeed, else onto the profile of their
 * account, else as a profile of their own. They are never put under the name of somebody else's account: the vendor
 * is asked whose they are. Where it does not tell, a succession is believed, and what stood there is kept until
 * `confirmSuccession` knows: it may be the account's own sign-in, which nobody has spent.
 *
 * @returns whether there is something to compare again; not so where nobody here knows the provider
 * @throws AIHubError `offline` when the vendor cannot be asked now; `rate_limited`, `vendor_fault` when nothing else tells whose they are
 */
export async function takeNewcomer(store: CredentialStore, newcomer: Newcomer, logger: Logger): Promise<boolean> {
  const provider = findProvider(newcomer.provider);
  if (!provider) return false;
  const account = await accountOf(provider, newcomer);
  const told = await store.update((draft) => take(draft, provider, newcomer, account));
  if (told) logger.info(told);
  return true;
}

/** @returns what to tell; nothing when the store has changed meanwhile, so that the comparison no longer holds. */
function take(draft: Draft, provider: Provider, newcomer: Newcomer, account: Account): string | undefined {
  const { credential, successorOf } = newcomer;
  const records = draft.index.mirror?.entries ?? {};
  const record = records[provider.id];
  const ours = record && draft.credentials[record.profile];
  if (successorOf !== undefined && (successorOf !== record?.profile || !ours || rotationOf(ours) !== record.rotation)) return undefined;

  const profile = chooseOurs(newcomer, account, record, ours) ?? chooseProfile(draft, provider, account, undefined, "gateway");
  const holder = draft.credentials[profile];
  // One that another program owns makes way for one of our own.
  const known = holder?.borrowedFrom === undefined ? holder : undefined;
  draft.index.mirror = { ...draft.index.mirror, entries: { ...records, [provider.id]: recordAfter(record, profile, credential) } };
  if (known) {
    // Two sign-ins of one account: the newer tokens are the ones that surely hold.
    if (profile !== successorOf && credential.expires <= known.expires) return undefined;
    const { previous, ...kept } = known;
    const isProven = isKnown(account) || credential.refresh === known.refresh || !isNamed(known);
    draft.credentials[profile] = { ...kept, ...tokensOf(credential), ...(isProven ? {} : { previous: previous ?? tokensOf(known) }) };
    const entry = draft.index.profiles[profile];
    if (entry) {
      const { refreshing: _answered, refreshPaused: _over, ...rest } = entry;
      draft.index.profiles[profile] = rest;
    }
    return `${profile} was renewed by the gateway.`;
  }
  connect(draft, profile, { ...credential, ...identity(account) }, account.label, account.organization?.name);
  // Whoever signs in at a gateway that had our account means the other one from now on, if it is another one.
  if (record && isKnown(account)) draft.index.order = { ...draft.index.order, [provider.id]: [profile, ...(draft.index.order?.[provider.id] ?? []).filter((id) => id !== profile)] };
  return `The gateway's own sign-in to ${provider.name} is kept as the profile ${profile}.`;
}

/** The profiles that hold tokens of the gateway of which nobody could tell whether they are of the profile's account. */
export function unconfirmed({ credentials }: Snapshot): ProfileId[] {
  return Object.keys(credentials).filter((id) => credentials[id]?.previous);
}

/**
 * Asks again whose the tokens are that a profile got in a succession. Where they turn out to be somebody else's sign-in,
 * they become a profile of that account, and the profile has back what was its own.
 *
 * @returns whether that is known now
 * @throws AIHubError `offline`, `rate_limited`, `vendor_fault` when the vendor cannot tell now
 */
export async function confirmSuccession(store: CredentialStore, profile: ProfileId, logger: Logger): Promise<boolean> {
  const provider = findProvider(providerOf(profile));
  const asked = (await store.read()).credentials[profile];
  if (!provider || !asked?.previous) return false;
  const account = await accountOf(provider, { provider: provider.id, credential: asked });
  if (!isKnown(account)) return false;
  // Not in the midst of a renewal, whose answer would have no place any more.
  const told = await store.withCredentialLock(profile, () => store.update((draft) => settle(draft, provider, profile, asked, account)), {
    settle: () => Promise.resolve(undefined),
    isHolderDead: () => Promise.resolve(false),
  });
  if (told) logger.info(told);
  return true;
}

function settle(draft: Draft, provider: Provider, profile: ProfileId, asked: OAuthCredential, account: Account): string | undefined {
  const stands = draft.credentials[profile];
  if (!stands?.previous || rotationOf(stands) !== rotationOf(asked)) return undefined;
  const { previous, ...kept } = stands;
  const isAnothers = isAnotherAccount(kept, identity(account));
  draft.credentials[profile] = { ...kept, ...(isAnothers ? previous : {}) };
  if (!isAnothers) return undefined;
  const { enterpriseUrl } = kept;
  return take(draft, provider, { provider: provider.id, credential: { type: "oauth", ...tokensOf(kept), ...(enterpriseUrl ? { enterpriseUrl } : {}) } }, account);
}

/** The profile that is recorded there, where the tokens are its own, be they newer or older. */
function chooseOurs({ credential, successorOf }: Newcomer, account: Account, record: Mirrored | undefined, ours: OAuthCredential | undefined): ProfileId | undefined {
  if (successorOf !== undefined) return ours && isAnotherAccount(ours, identity(account)) ? undefined : successorOf;
  // They ended before ours, and nobody knows them any more: kept as a sign-in, they might be spent a second time.
  return ours && !isKnown(account) && credential.expires <= ours.expires ? record?.profile : undefined;
}

/** What the vendor says without a token reply: by the token itself. Nothing, where it does not know the token (any more). */
async function accountOf(provider: Provider, { credential: { access, refresh, enterpriseUrl }, successorOf }: Newcomer): Promise<Account> {
  const place = enterpriseUrl === undefined ? provider : (provider.atDomain?.(enterpriseUrl) ?? provider);
  try {
    return plainlyNamed(await place.account({ access_token: provider.exchange ? refresh : access }, timedFetch()));
  } catch (error) {
    if (isAIHubError(error, "offline")) throw error;
    if (successorOf === undefined && isAIHubError(error, "rate_limited", "vendor_fault")) throw error;
    return {};
  }
}

function isKnown({ label, id }: Account): boolean {
  return label !== undefined || id !== undefined;
}

/** Whether a credential says whose it is, so that another account can be told from it. */
function isNamed({ email, accountId }: OAuthCredential): boolean {
  return email !== undefined || accountId !== undefined;
}

function tokensOf({ access, refresh, expires }: OAuthCredential): Pick<OAuthCredential, "access" | "refresh" | "expires"> {
  return { access, refresh, expires };
}
