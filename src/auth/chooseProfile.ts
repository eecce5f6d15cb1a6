import { AIHubError, isAIHubError } from "../common/errors";
import type { Account, Provider } from "../providers/provider";
import type { CredentialStore, Draft } from "../store/credentialStore";
import { defaultName, profileId, providerOf, type ProfileId } from "../store/profileId";
import type { IndexEntry, OAuthCredential } from "../store/schema";
import type { LoginUi } from "./loginUi";
import { listProfiles } from "./profiles";

/**
 * Where a sign-in belongs: on the wanted profile, unless that is another account's; else on the account's own; else on
 * `default` if that is free; else on a new one named after the account. No account ever overwrites another.
 */
export function chooseProfile(draft: Draft, provider: Provider, account: Account, wanted?: ProfileId, name?: string): ProfileId {
  if (wanted && providerOf(wanted) === provider.id && mayHold(draft.credentials[wanted], account)) return wanted;
  const ours = Object.entries(draft.credentials).filter(([id]) => providerOf(id) === provider.id);
  const known = ours.find(([, credential]) => isKnownAs(credential, account));
  if (known) return known[0];
  const defaultId = profileId(provider.id, defaultName);
  const holder = draft.credentials[defaultId];
  // A sign-in borrowed from another program makes way for one of our own.
  const isFree = (!holder || holder.borrowedFrom !== undefined) && draft.index.profiles[defaultId]?.type !== "api_key";
  return isFree ? defaultId : freeProfile(draft, provider, account.label ?? name ?? account.id ?? "account");
}

/** Writes the credential and its index entry. A profile that exists keeps its label. */
export function connect(draft: Draft, id: ProfileId, credential: OAuthCredential, label: string | undefined): void {
  const isTakenOver = draft.credentials[id]?.borrowedFrom !== undefined;
  draft.credentials[id] = credential;
  const fresh: IndexEntry = { provider: providerOf(id), type: "oauth", label: uniqueLabel(draft, id, label ?? id) };
  const kept = isTakenOver ? undefined : draft.index.profiles[id];
  const { signInAgain: _over, refreshing: _done, refreshPaused: _waited, ...entry } = kept ?? fresh;
  draft.index.profiles[id] = entry;
}

/**
 * A second account that the vendor does not name gets its name from the person; the first is just the provider's.
 * @throws AIHubError `cancelled`
 */
export async function nameForUnknown(provider: Provider, store: CredentialStore, ui: LoginUi, signal: AbortSignal): Promise<string | undefined> {
  const taken = listProfiles(await store.read()).filter((profile) => profile.provider === provider.id);
  if (taken.length === 0) return undefined;
  const question = { title: provider.name, prompt: "Name this account, to tell it from the others.", placeholder: "work" };
  let problem: string | undefined;
  for (;;) {
    const name = (await ui.ask({ ...question, problem }, signal))?.trim();
    if (name === undefined) throw new AIHubError("cancelled");
    try {
      const id = profileId(provider.id, name);
      if (!taken.some((profile) => profile.id === id)) return name;
      problem = new AIHubError("profile_name_taken", { profile: name }).message;
    } catch (error) {
      if (!isAIHubError(error, "invalid_profile_name")) throw error;
      problem = error.message;
    }
  }
}

/** Whether a profile is free for an account: empty, borrowed, the account's own, or of somebody nobody knows. */
function mayHold(holder: OAuthCredential | undefined, account: Account): boolean {
  if (!holder || holder.borrowedFrom !== undefined || isKnownAs(holder, account)) return true;
  return (holder.email === undefined && holder.accountId === undefined) || (account.label === undefined && account.id === undefined);
}

/** Both name and id where both are known: a workspace's id is shared by its people, an address by its workspaces. */
function isKnownAs(holder: OAuthCredential, account: Account): boolean {
  if (account.id && holder.accountId) return holder.accountId === account.id && holder.email === account.label;
  return account.label !== undefined && holder.email === account.label;
}

function freeProfile(draft: Draft, provider: Provider, label: string): ProfileId {
  const name = label.replace(/[^\p{L}\p{N}._@+-]+/gu, "-").slice(0, 90) || "account";
  for (let number = 1; ; number++) {
    const id = profileId(provider.id, number === 1 ? name : `${name}-${number}`);
    if (!draft.credentials[id] && !draft.index.profiles[id]) return id;
  }
}

/** VS Code knows an account by its label: no two of a provider may share one. */
function uniqueLabel(draft: Draft, id: ProfileId, label: string): string {
  const others = Object.entries(draft.index.profiles).filter(([other, { provider }]) => other !== id && provider === providerOf(id));
  return others.some(([, entry]) => entry.label === label) ? `${label} (${id.slice(id.indexOf(":") + 1)})` : label;
}
