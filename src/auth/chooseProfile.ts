import { AIHubError, isAIHubError } from "../common/errors";
import { withTimeLimit } from "../common/timeLimit";
import type { Account, Provider } from "../providers/provider";
import type { Draft, Snapshot } from "../store/credentialStore";
import { defaultName, profileId, providerOf, type ProfileId } from "../store/profileId";
import type { IndexEntry, OAuthCredential } from "../store/schema";
import { answerLimit } from "./inTime";
import { profilesOf } from "./profiles";
import { differs } from "./sameAccount";
import type { SignInRequest } from "./signInRequest";

/**
 * Where a sign-in belongs: on the wanted profile, unless that is another account's; else on the account's own; else on
 * `default` if that is free; else on a new one named after the account. No account ever overwrites another.
 */
export function chooseProfile(draft: Draft, provider: Provider, account: Account, wanted?: ProfileId, name?: string): ProfileId {
  const own = ownProfile(draft, provider, account, wanted);
  if (own) return own;
  const defaultId = profileId(provider.id, defaultName);
  const holder = draft.credentials[defaultId];
  // A sign-in borrowed from another program makes way for one of our own.
  const isFree = (!holder || holder.borrowedFrom !== undefined) && draft.index.profiles[defaultId]?.type !== "api_key" && !isUnknown(draft, defaultId);
  return isFree ? defaultId : freeProfile(draft, provider, account.label ?? name ?? account.id ?? "account");
}

/**
 * Writes the credential and its index entry. A profile that has a sign-in keeps its label; the label of one whose tokens
 * are gone may be somebody else's name.
 */
export function connect(draft: Draft, id: ProfileId, credential: OAuthCredential, label: string | undefined, organization?: string): void {
  const holder = draft.credentials[id];
  draft.credentials[id] = credential;
  const fresh: IndexEntry = { provider: providerOf(id), type: "oauth", label: uniqueLabel(draft, id, label ?? id, organization) };
  const kept = holder && holder.borrowedFrom === undefined ? draft.index.profiles[id] : undefined;
  const { signInAgain: _over, refreshing: _done, refreshPaused: _waited, ...entry } = kept ?? fresh;
  draft.index.profiles[id] = entry;
}

interface Naming extends SignInRequest {
  /** Called before the person is asked. */
  beforeAsking?: () => Promise<void>;
}

/**
 * A second account that the vendor does not name gets its name from the person; the first is just the provider's.
 * The vendor has granted the tokens: without an answer, they are kept under a name that is made up.
 *
 * @throws AIHubError `cancelled`
 */
export async function nameForUnknown(account: Account, naming: Naming): Promise<string | undefined> {
  const { provider, store, signal, timeLimit = answerLimit } = naming;
  const snapshot = await store.read();
  const taken = profilesOf(provider.id, snapshot).map(({ id }) => id);
  if (account.label !== undefined || taken.length === 0 || ownProfile(snapshot, provider, account, naming.profile)) return undefined;
  await naming.beforeAsking?.();
  const name = await withTimeLimit(signal, timeLimit, (limited) => askName(naming, taken, limited));
  if (signal.aborted) throw new AIHubError("cancelled");
  return name;
}

async function askName({ provider, ui }: Naming, taken: readonly ProfileId[], signal: AbortSignal): Promise<string | undefined> {
  const question = { title: provider.name, prompt: "Name this account, to tell it from the others.", placeholder: "work" };
  let problem: string | undefined;
  let value: string | undefined;
  for (;;) {
    value = (await ui.ask({ ...question, problem, value }, signal))?.trim();
    if (value === undefined) return undefined;
    try {
      if (!taken.includes(profileId(provider.id, value))) return value;
      problem = new AIHubError("profile_name_taken", { profile: value }).message;
    } catch (error) {
      if (!isAIHubError(error, "invalid_profile_name")) throw error;
      problem = error.message;
    }
  }
}

/** The wanted profile, if it may hold the account; else the one that holds it already. Never one that is for an API key. */
function ownProfile({ credentials, index }: Snapshot, provider: Provider, account: Account, wanted: ProfileId | undefined): ProfileId | undefined {
  const isForKey = (id: ProfileId) => index.profiles[id]?.type === "api_key";
  if (wanted && !isForKey(wanted) && mayHold(provider, credentials[wanted], account)) return wanted;
  return Object.keys(credentials).find((id) => providerOf(id) === provider.id && !isForKey(id) && isKnownAs(provider, credentials[id], account));
}

/** Whether a profile is free for an account: empty, borrowed, the account's own, or of somebody nobody knows by name. */
function mayHold(provider: Provider, holder: OAuthCredential | undefined, account: Account): boolean {
  if (!holder || holder.borrowedFrom !== undefined || isKnownAs(provider, holder, account)) return true;
  return holder.email === undefined && (holder.accountId === undefined || holder.accountId === account.id);
}

/**
 * By the id, where it is a person's: names change. Where people share it, both name and id; without an id, the name.
 * One person in two organizations has a sign-in in each.
 */
function isKnownAs(provider: Provider, holder: OAuthCredential | undefined, account: Account): boolean {
  if (!holder || differs(holder.organizationId, account.organization?.id)) return false;
  const isSameName = account.label !== undefined && holder.email === account.label;
  if (account.id === undefined || holder.accountId === undefined) return isSameName;
  return holder.accountId === account.id && (isSameName || !provider.sharesAccountIds);
}

function freeProfile(draft: Draft, provider: Provider, label: string): ProfileId {
  const name = label.replace(/[^\p{L}\p{N}._@+-]+/gu, "-").slice(0, 90) || "account";
  for (let number = 1; ; number++) {
    const id = profileId(provider.id, number === 1 ? name : `${name}-${number}`);
    if (!draft.credentials[id] && !draft.index.profiles[id] && !isUnknown(draft, id)) return id;
  }
}

/** Whether something stands there of which nobody can say whose it is. */
export function isUnknown({ index, unreadable }: Draft, id: ProfileId): boolean {
  return unreadable?.[id] !== undefined && !index.profiles[id];
}

/** VS Code knows an account by its label: no two of a provider may share one. */
function uniqueLabel(draft: Draft, id: ProfileId, label: string, organization: string | undefined): string {
  const others = Object.entries(draft.index.profiles).filter(([other, { provider }]) => other !== id && provider === providerOf(id));
  const isFree = (candidate: string) => others.every(([, entry]) => entry.label !== candidate);
  const name = id.slice(id.indexOf(":") + 1);
  // A profile that is named after the label tells nothing more.
  const details = [organization, ...(name.startsWith(label) ? [] : [name])].filter((detail) => detail !== undefined);
  const spoken = [label, ...details.map((detail) => `${label} (${detail})`)].find(isFree);
  if (spoken !== undefined) return spoken;
  let number = 2;
  while (!isFree(`${label} (${number})`)) number++;
  return `${label} (${number})`;
}
