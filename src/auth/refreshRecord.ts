import { hostname } from "node:os";
import { backoff } from "../common/backoff";
import { AIHubError, isAIHubError, systemCode } from "../common/errors";
import { longHttpTimeout } from "../common/http";
import type { Provider } from "../providers/provider";
import type { CredentialStore, Draft } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";
import type { IndexEntry, OAuthCredential, RefreshRecord } from "../store/schema";
import { tokenHash } from "./profiles";

/** The pause after the first passing failure, doubled with each further one up to the longest, in ms. */
const firstPause = 5_000;
const longestPause = 15 * 60_000;

/** The longest `Retry-After` that is believed, in ms. */
const longestRetryAfter = 60 * 60_000;

interface Target {
  store: CredentialStore;
  profile: ProfileId;
}

/** The profile's entry in the index, also for tokens that a peer stored without one. */
export function indexEntry({ index }: Draft, profile: ProfileId): IndexEntry {
  return index.profiles[profile] ?? { provider: providerOf(profile), type: "oauth" };
}

/** The refresh tokens that this process is spending. */
const spending = new Set<string>();

export function isBeingSpent({ refresh }: OAuthCredential): boolean {
  return spending.has(refresh);
}

/**
 * Runs `spend` unless this process spends the very token already: it loses the lock when the machine sleeps meanwhile.
 * @throws AIHubError `held_elsewhere`
 */
export async function spendOnce<T>(profile: ProfileId, { refresh }: OAuthCredential, spend: () => Promise<T>): Promise<T> {
  if (spending.has(refresh)) throw heldBy({ pid: process.pid, host: hostname() }, profile);
  spending.add(refresh);
  try {
    return await spend();
  } finally {
    spending.delete(refresh);
  }
}

/**
 * Writes down, before the vendor is asked, who is about to spend which token. Where two processes each believe to hold
 * the credential's lock (it was removed, or taken over at once on a disk with coarse times), only one gets past here.
 *
 * Others know a token by what the store has: `stands`, where `current` could not be written there.
 *
 * @throws AIHubError `held_elsewhere`, and as `CredentialStore.update`
 */
export async function recordRefresh({ store, profile }: Target, current: OAuthCredential, stands: OAuthCredential): Promise<void> {
  await store.update((draft) => {
    const stored = draft.credentials[profile];
    if (!stored) return;
    const token = tokenHash(stored.refresh === stands.refresh ? stands.refresh : current.refresh);
    const entry = indexEntry(draft, profile);
    failIfHeldElsewhere(profile, entry.refreshing, token);
    // Somebody began with this token before us, and never told how it ended.
    const last = entry.refreshing?.token === token ? entry.refreshing : undefined;
    draft.index.profiles[profile] = { ...entry, refreshing: { ...ownRecord(token), ...(last && { before: last.before ?? last }) } };
  }, { ensureRoom: true });
}

function ownRecord(token: string): RefreshRecord {
  return { at: Date.now(), pid: process.pid, host: hostname(), token };
}

/** Says that this process still holds the answer to what it wrote down, so that nobody takes it for one that has died since. */
export async function renewRecord({ store, profile }: Target): Promise<void> {
  await store
    .update((draft) => {
      const record = draft.index.profiles[profile]?.refreshing;
      if (record?.pid === process.pid && record.host === hostname()) record.at = Date.now();
    })
    .catch(() => {});
}

/** Puts the vendor's answer in its place. With that, what was written down before the call is done with. */
export function putRenewed(draft: Draft, profile: ProfileId, renewed: OAuthCredential): void {
  draft.credentials[profile] = renewed;
  const { refreshing: _done, refreshPaused: _over, ...entry } = indexEntry(draft, profile);
  draft.index.profiles[profile] = entry;
}

/** Notes that no answer came. The vendor may have given new tokens all the same, which explains a later refusal. */
export async function noteUnanswered({ store, profile }: Target): Promise<void> {
  await store
    .update((draft) => {
      const record = draft.index.profiles[profile]?.refreshing;
      if (record?.pid === process.pid) record.unanswered = true;
    })
    .catch(() => {});
}

/**
 * Guards a token that another living process is about to spend, or has spent and could not store the answer for (its
 * disk is full): to spend it again would end the whole sign-in.
 */
function failIfHeldElsewhere(profile: ProfileId, record: RefreshRecord | undefined, token: string): void {
  if (record?.token !== token || record.unanswered) return;
  const age = Date.now() - record.at;
  if (record.host !== hostname()) {
    if (Math.abs(age) < elsewhereTime) throw heldBy(record, profile);
    return;
  }
  // After so long, the process of that number may well be another one.
  if (record.pid === process.pid || age > 60 * 60_000 || !isAlive(record.pid)) return;
  throw heldBy(record, profile);
}

/**
 * How long another machine is left to a renewal that it began, in ms: nobody can tell from here whether it lives. The
 * longest call, and two minutes by which the clocks of two machines that share a home may differ.
 */
const elsewhereTime = longHttpTimeout + 2 * 60_000;

function heldBy(holder: ProcessOnHost, profile: ProfileId): AIHubError {
  return new AIHubError("held_elsewhere", { profile, reason: processName(holder) });
}

type ProcessOnHost = Pick<RefreshRecord, "pid" | "host">;

/** A process as people are told of it: its number, and its machine where that is another one. */
export function processName({ pid, host }: ProcessOnHost): string {
  return host === hostname() ? String(pid) : `${pid} on ${host}`;
}

/** Whether the process that began something (a refresh, a sign-in) has died in the midst of it, on this machine. */
export function hasDied(record: ProcessOnHost | undefined): boolean {
  return record !== undefined && record.host === hostname() && record.pid !== process.pid && !isAlive(record.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive as well.
    return systemCode(error) === "EPERM";
  }
}

/** Why a token that we believed in was refused: somebody began to spend it and never stored the answer. */
export function explainLoss(last: RefreshRecord | undefined, token: string): string | undefined {
  if (last?.token !== token) return undefined;
  const record = last.before ?? last;
  const how = record.unanswered ? "got no answer" : "ended before it could store the answer";
  return `process ${processName(record)} asked for a renewal at ${new Date(record.at).toLocaleString()} and ${how}`;
}

/**
 * Leaves the vendor in peace for a while, for every process: as long as `Retry-After` says, else longer after each
 * failure.
 */
export async function pauseAfter({ store, profile }: Target, error: AIHubError): Promise<void> {
  await store
    .update((draft) => {
      if (!draft.credentials[profile]) return;
      const { refreshing, ...entry } = indexEntry(draft, profile);
      const failures = (entry.refreshPaused?.failures ?? 0) + 1;
      const pause = backoff(failures, firstPause, longestPause);
      const until = Math.max(Date.now() + pause, Math.min(error.details.retryAt ?? 0, Date.now() + longestRetryAfter));
      // It may have rotated the token all the same, where its answer was no refusal: that explains a later one.
      const mayBeSpent = refreshing && isAIHubError(error, "vendor_fault", "malformed_answer");
      const record = mayBeSpent ? { ...refreshing, unanswered: true } : refreshing?.before;
      draft.index.profiles[profile] = { ...entry, ...(record && { refreshing: record }), refreshPaused: { until, failures, reason: error.code } };
    })
    // A pause that cannot be written is not worth hiding the failure that asked for it.
    .catch(() => {});
}

/** @throws AIHubError `rate_limited` or `vendor_fault`, with the time of the next try, while a pause lasts. */
export function failIfPaused(provider: Provider, entry: IndexEntry | undefined): void {
  const paused = entry?.refreshPaused;
  // A pause far in the future comes from a clock that was wrong.
  if (!paused || paused.until <= Date.now() || paused.until > Date.now() + 2 * longestRetryAfter) return;
  throw new AIHubError(paused.reason === "rate_limited" ? "rate_limited" : "vendor_fault", { provider: provider.name, retryAt: paused.until });
}
