import { AIHubError, isAIHubError } from "../common/errors";
import type { Account, Flow, Provider, TokenReply } from "../providers/provider";
import type { CredentialStore, Draft } from "../store/credentialStore";
import { defaultName, profileId, providerOf, type ProfileId } from "../store/profileId";
import type { IndexEntry, OAuthCredential } from "../store/schema";
import { credentialOfSignIn } from "./credential";
import { signInByDeviceCode } from "./flows/deviceFlow";
import { signInByHostedPage, signInByLoopback } from "./flows/redirectFlow";
import type { LoginUi } from "./loginUi";
import { listProfiles, profileById, type Profile } from "./profiles";

export interface LoginOptions {
  provider: Provider;
  store: CredentialStore;
  ui: LoginUi;
  signal: AbortSignal;
  /** Sign in on this profile, whoever the account turns out to be. Without it, the account chooses. */
  profile?: ProfileId;
}

/**
 * Signs in, by the first of the provider's ways that works from here, and stores the credential.
 *
 * @returns the profile that is connected now.
 * @throws AIHubError `cancelled`, `login_timed_out`, `access_denied`, … ; nothing is stored then.
 */
export async function login({ provider, store, ui, signal, profile }: LoginOptions): Promise<Profile> {
  const reply = await tokensByAnyFlow(provider, ui, signal);
  const { credential, account } = await credentialOfSignIn(provider, reply, signal);
  const name = account.label === undefined && profile === undefined ? await nameForUnknown(provider, store, ui, signal) : undefined;
  const id = await store.update((draft) => {
    const chosen = profile ?? chooseProfile(draft, provider, account, name);
    connect(draft, chosen, credential, account.label ?? name);
    return chosen;
  });
  return profileById(id, await store.read());
}

async function tokensByAnyFlow(provider: Provider, ui: LoginUi, signal: AbortSignal): Promise<TokenReply> {
  let obstacle = new AIHubError("no_flow", { provider: provider.name });
  for (const flow of provider.flows) {
    signal.throwIfAborted();
    try {
      const reply = await tokensBy(provider, flow, ui, signal);
      if (reply) return reply;
    } catch (error) {
      // A taken port closes this way only; what the person or the vendor decided ends the sign-in.
      if (!isAIHubError(error, "ports_in_use")) throw error;
      ui.progress(error.message);
      obstacle = error;
    }
  }
  throw obstacle;
}

function tokensBy(provider: Provider, flow: Flow, ui: LoginUi, signal: AbortSignal): Promise<TokenReply | undefined> {
  switch (flow.kind) {
    case "loopback":
      return signInByLoopback(provider, flow, ui, signal);
    case "hosted":
      return signInByHostedPage(provider, flow, ui, signal);
    case "device":
      return signInByDeviceCode(provider, flow, ui, signal);
  }
}

/** Two accounts must not overwrite each other: one that the vendor does not name gets its name from the person. */
async function nameForUnknown(provider: Provider, store: CredentialStore, ui: LoginUi, signal: AbortSignal): Promise<string | undefined> {
  const isFirst = !listProfiles(await store.read()).some((profile) => profile.provider === provider.id);
  if (isFirst) return undefined;
  const question = { title: provider.name, prompt: "Name this account, to tell it from the others.", placeholder: "work" };
  let problem: string | undefined;
  for (;;) {
    const name = await ui.ask({ ...question, problem }, signal);
    if (name === undefined) throw new AIHubError("cancelled");
    try {
      profileId(provider.id, name.trim());
      return name.trim();
    } catch (error) {
      if (!isAIHubError(error, "invalid_profile_name")) throw error;
      problem = error.message;
    }
  }
}

/** The account's profile if it has one; else `default` if that is free; else one named after the account. */
function chooseProfile(draft: Draft, provider: Provider, account: Account, name: string | undefined): ProfileId {
  const ours = Object.entries(draft.credentials).filter(([id]) => providerOf(id) === provider.id);
  const known = ours.find(([, credential]) => isSameAccount(credential, account));
  if (known) return known[0];
  const defaultId = profileId(provider.id, defaultName);
  const holder = draft.credentials[defaultId];
  // A sign-in borrowed from another program makes way for one of our own.
  const isFree = (!holder || holder.borrowedFrom !== undefined) && draft.index.profiles[defaultId]?.type !== "api_key";
  return isFree ? defaultId : profileId(provider.id, nameFor(account.label ?? name ?? account.id ?? ""));
}

function isSameAccount(credential: OAuthCredential, account: Account): boolean {
  if (account.id && credential.accountId) return credential.accountId === account.id && credential.email === account.label;
  return account.label !== undefined && credential.email === account.label;
}

function nameFor(label: string): string {
  return label.replace(/[^\p{L}\p{N}._@+-]+/gu, "-");
}

/** Writes the credential and its index entry. A profile that exists keeps its label. */
function connect(draft: Draft, id: ProfileId, credential: OAuthCredential, label: string | undefined): void {
  const isTakenOver = draft.credentials[id]?.borrowedFrom !== undefined;
  draft.credentials[id] = credential;
  const fresh: IndexEntry = { provider: providerOf(id), type: "oauth", label: uniqueLabel(draft, id, label ?? id) };
  const kept = isTakenOver ? undefined : draft.index.profiles[id];
  const { signInAgain: _over, refreshing: _done, refreshPaused: _waited, ...entry } = kept ?? fresh;
  draft.index.profiles[id] = entry;
}

/** VS Code knows an account by its label: no two of a provider may share one. */
function uniqueLabel(draft: Draft, id: ProfileId, label: string): string {
  const others = Object.entries(draft.index.profiles).filter(([other, { provider }]) => other !== id && provider === providerOf(id));
  return others.some(([, entry]) => entry.label === label) ? `${label} (${id.slice(id.indexOf(":") + 1)})` : label;
}
