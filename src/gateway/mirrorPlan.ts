import { isDeepStrictEqual } from "node:util";
import { profilesOf, tokenHash } from "../auth/profiles";
import { isRecord } from "../common/record";
import type { Snapshot } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";
import { oauthCredentialSchema, type Mirrored, type OAuthCredential } from "../store/schema";
import type { AuthEntries } from "./authFile";

/** Tokens of the gateway that the store does not have yet. */
export interface Newcomer {
  provider: string;
  credential: OAuthCredential;
  /** The profile whose tokens the gateway has renewed; none when they come from a sign-in of its own. */
  successorOf?: ProfileId;
}

/** By how much the clocks of two machines that share a home may differ, in ms. */
const clockDifference = 2 * 60_000;

/** How many rotations a record remembers: ten days of renewals where they come every 8 h. */
const pastKept = 30;

/** What has to be done for the store and the gateway's copy to agree. */
export interface MirrorPlan {
  /** To be taken into the store before anything is written. */
  newcomers: Newcomer[];
  /** The entries to write, `undefined` for those to remove. */
  write: Record<string, Record<string, unknown> | undefined>;
  /** The records that change with it, `undefined` for those to remove. */
  records: Record<string, Mirrored | undefined>;
}

/**
 * Compares the store with the gateway's copy, provider by provider. Nothing is guessed: the record holds the hash of
 * the tokens that both had in common last (the base) and of those before, and a rotating refresh token has exactly one
 * successor.
 *
 *  - the copy is the base, or one before it that a backup brought back: it is the older one, or the same. What the
 *    store has is written.
 *  - the account of the base is signed out here: what stands there in its place goes with it.
 *  - the store has the base, the copy has not: the gateway has renewed it, where that had expired and the copy expires
 *    later. The store takes it. The gateway renews nothing else, so that any others are looked at as a sign-in.
 *  - neither has the base: two sign-ins, since one token cannot have been renewed by both. The gateway's becomes a
 *    profile (its own account's, the newer tokens standing), then the profile in use is written.
 *  - there is no copy, and the store has the base: a person removed it. It stays away until the store changes.
 */
export function planMirror(snapshot: Snapshot, entries: AuthEntries, isOn: boolean): MirrorPlan {
  const plan: MirrorPlan = { newcomers: [], write: {}, records: {} };
  const records = snapshot.index.mirror?.entries ?? {};
  const providers = new Set([...Object.keys(snapshot.credentials).map(providerOf), ...Object.keys(records)]);
  for (const provider of providers) {
    const record = records[provider];
    // What cannot be read is not signed out: its copy stays as it is.
    if (!record || !snapshot.unreadable?.[record.profile]) planProvider(plan, provider, { snapshot, theirs: entries[provider], record, isOn });
  }
  for (const [name, { profile }] of Object.entries(snapshot.index.mirror?.aliases ?? {})) planAlias(plan, name, entries[name], isOn ? snapshot.credentials[profile] : undefined);
  return plan;
}

/** An alias has its account's access token as a key, for as long as that is signed in. */
function planAlias(plan: MirrorPlan, name: string, theirs: unknown, credential: OAuthCredential | undefined): void {
  const isFree = theirs === undefined || (isRecord(theirs) && theirs.type === "api_key");
  const wanted = credential && aliasEntry(credential);
  // To Pi, a key that begins like this one is a command to run.
  if (isFree && !wanted?.key.startsWith("!") && !isDeepStrictEqual(theirs, wanted)) plan.write[name] = wanted;
}

/** What the gateway has of an account under the name of an alias. */
export function aliasEntry({ access }: OAuthCredential): Record<string, unknown> & { key: string } {
  return { type: "api_key", key: access };
}

interface Side {
  snapshot: Snapshot;
  theirs: unknown;
  record: Mirrored | undefined;
  isOn: boolean;
}

function planProvider(plan: MirrorPlan, provider: string, { snapshot, theirs, record, isOn }: Side): void {
  const copy = oauthEntry(theirs);
  const mirrored = record && snapshot.credentials[record.profile];
  const isBase = copy !== undefined && record !== undefined && (!mirrored || [record.rotation, ...(record.past ?? [])].includes(rotationOf(copy)));
  if (copy && record && !isBase && mirrored && rotationOf(mirrored) === record.rotation) {
    plan.newcomers.push({ provider, credential: copy, ...(mayBeRenewal(copy, mirrored) ? { successorOf: record.profile } : {}) });
    return;
  }
  const inUse = isOn ? profileInUse(provider, snapshot) : undefined;
  if (!inUse) {
    // An account that needs a new sign-in keeps its place; one that was signed out does not.
    if (!record || (isOn && mirrored)) return;
    if (isBase) plan.write[provider] = undefined;
    plan.records[provider] = undefined;
    return;
  }
  const [profile, wanted] = inUse;
  const rotation = rotationOf(wanted);
  const isRecorded = record?.profile === profile && record.rotation === rotation;
  if (copy && rotationOf(copy) === rotation) {
    if (!isRecorded) plan.records[provider] = recordAfter(record, profile, wanted);
    return;
  }
  if (theirs === undefined ? isRecorded : !isOAuth(theirs)) return;
  if (copy && !isBase && !isSameSignIn(copy, wanted)) {
    plan.newcomers.push({ provider, credential: copy });
    return;
  }
  plan.write[provider] = piEntry(wanted);
  plan.records[provider] = recordAfter(record, profile, wanted);
}

/** The record of tokens that now stand on both sides. */
export function recordAfter(before: Mirrored | undefined, profile: ProfileId, credential: OAuthCredential): Mirrored {
  const rotation = rotationOf(credential);
  const past = before ? [before.rotation, ...(before.past ?? [])].filter((each) => each !== rotation).slice(0, pastKept) : [];
  return { profile, rotation, ...(past.length > 0 ? { past } : {}) };
}

/** The first of the provider's accounts that works, in the person's order. One that another program owns stays with it. None where no copy is kept. */
export function profileInUse(provider: string, snapshot: Snapshot): [ProfileId, OAuthCredential] | undefined {
  if (isSwitchedOff(snapshot)) return undefined;
  for (const { id, type, status } of profilesOf(provider, snapshot)) {
    const credential = snapshot.credentials[id];
    if (type === "oauth" && status !== "sign-in-again" && credential && !credential.borrowedFrom) return [id, credential];
  }
  return undefined;
}

/** Whether the person wants nothing of theirs in the gateway's `auth.json`. */
export function isSwitchedOff({ index }: Snapshot): boolean {
  return index.mirror?.mode === "off";
}

/** Identifies one pair of tokens without being one. Where refresh tokens do not rotate, the access token tells. */
export function rotationOf({ access, refresh }: OAuthCredential): string {
  return tokenHash(`${refresh} ${access}`);
}

/** An entry of the gateway that can be used; Pi's shape is that of the store. */
export function oauthEntry(entry: unknown): OAuthCredential | undefined {
  const parsed = oauthCredentialSchema.safeParse(entry);
  return parsed.success ? parsed.data : undefined;
}

/** In Pi's shape, with nothing in it that the gateway would drop. */
function piEntry({ access, refresh, expires, accountId, enterpriseUrl }: OAuthCredential): Record<string, unknown> {
  return { type: "oauth", access, refresh, expires, ...(accountId ? { accountId } : {}), ...(enterpriseUrl ? { enterpriseUrl } : {}) };
}

/** Whether the gateway may have got these tokens by renewing those: it does so only after they have expired. */
function mayBeRenewal(copy: OAuthCredential, before: OAuthCredential): boolean {
  return copy.expires > before.expires && (isSameSignIn(copy, before) || before.expires <= Date.now() + clockDifference);
}

/** A person's API key stays where they put it. */
function isOAuth(entry: unknown): boolean {
  return isRecord(entry) && entry.type === "oauth";
}

/** A refresh token that does not rotate: both sides have renewed from it, and both hold. */
function isSameSignIn(copy: OAuthCredential, wanted: OAuthCredential): boolean {
  return copy.refresh === wanted.refresh;
}
