import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { aborted } from "../common/aborted";
import { AIHubError } from "../common/errors";
import type { Provider } from "../providers/provider";
import type { CredentialStore, Draft, Snapshot } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";
import type { SignInRecord } from "../store/schema";
import type { LoginUi } from "./loginUi";
import { listProfiles, profileById, tokenHash, type Profile } from "./profiles";
import { hasDied } from "./refreshRecord";

/** Longer than any sign-in may take, in ms: a record that is older was left behind. */
const longestSignIn = 20 * 60_000;

/** How often a waiting one looks whether the other process still lives, in ms. What it stores is seen at once. */
const lookInterval = 1_000;

export interface Turn {
  /** Lets the next one sign in. */
  end(): Promise<void>;
}

/**
 * One sign-in a provider at a time, in all windows and terminals of the machine. Who comes second is told who is at
 * it, and takes over the result; or signs in as well, if the person wants that.
 *
 * @param wanted the profile that the sign-in is for: another one is not what the person asked for
 * @returns the profile that the other one connected, or this one's turn.
 * @throws AIHubError `cancelled`
 */
export async function takeTurn(provider: Provider, store: CredentialStore, ui: LoginUi, signal: AbortSignal, wanted?: ProfileId): Promise<Profile | Turn> {
  let inAnyCase = false;
  // Of several who wait for one that comes to nothing, the next has its turn and the others wait for that one.
  for (;;) {
    const claimed = await claim(provider, store, ui.place, inAnyCase);
    if ("mine" in claimed) return { end: () => release(provider, store, claimed.mine) };
    if (await waitForOther(provider, store, ui, claimed.other, signal)) {
      const connected = newlyConnected(provider, await store.read(), claimed.before);
      if (connected && (wanted === undefined || wanted === connected.id)) return connected;
    } else inAnyCase = true;
  }
}

/** This one's record, or that of who is at it already with the sign-ins at that moment. */
type Claimed = { mine: SignInRecord } | { other: SignInRecord; before: Map<ProfileId, string> };

async function claim(provider: Provider, store: CredentialStore, place: string, inAnyCase: boolean): Promise<Claimed> {
  return store.update((draft) => {
    const stands = draft.index.signingIn?.[provider.id];
    if (stands && !inAnyCase && isUnderWay(stands)) return { other: stands, before: signedInTokens(provider, draft) };
    const mine: SignInRecord = { at: Date.now(), pid: process.pid, host: hostname(), place };
    draft.index.signingIn = { ...draft.index.signingIn, [provider.id]: mine };
    return { mine };
  });
}

async function release(provider: Provider, store: CredentialStore, mine: SignInRecord): Promise<void> {
  // A record that cannot be removed is one of a process that has ended, soon.
  await store.update((draft) => removeRecord(draft, provider, mine)).catch(() => {});
}

function removeRecord({ index }: Draft, provider: Provider, mine: SignInRecord): void {
  const { [provider.id]: stands, ...others } = index.signingIn ?? {};
  if (stands?.pid !== mine.pid || stands.at !== mine.at || stands.host !== mine.host) return;
  if (Object.keys(others).length > 0) index.signingIn = others;
  else delete index.signingIn;
}

/** Waits until the other sign-in has ended, in whatever way. `false` when the person does not want to wait. */
async function waitForOther(provider: Provider, store: CredentialStore, ui: LoginUi, other: SignInRecord, signal: AbortSignal): Promise<boolean> {
  const finished = new AbortController();
  const over = AbortSignal.any([signal, finished.signal]);
  const who = `${other.place} (process ${other.pid}${other.host === hostname() ? "" : ` on ${other.host}`})`;
  ui.progress(`Waiting for ${who}…`);
  const prompt = `Another sign-in is under way: ${who} is signing in to ${provider.name}. Its result counts here too.`;
  const choice = ui.choose({ title: `Sign in to ${provider.name}`, prompt, options: [{ id: "here", label: "Sign in here as well" }] }, over);
  // Closing the question is no answer: the result is still waited for.
  const wantsOwn = choice.then((answer) => answer ?? aborted(over));
  const answer = await Promise.race([wantsOwn, recordGone(provider, store, other, over)]).finally(() => finished.abort());
  if (signal.aborted) throw new AIHubError("cancelled");
  return answer !== "here";
}

async function recordGone(provider: Provider, store: CredentialStore, other: SignInRecord, over: AbortSignal): Promise<undefined> {
  let look: () => void = () => {};
  const changes = store.onDidChange(() => look());
  try {
    while (!over.aborted) {
      const changed = new Promise<void>((resolve) => (look = resolve));
      const stands = (await store.read()).index.signingIn?.[provider.id];
      if (!isUnderWay(stands) || stands?.pid !== other.pid || stands.at !== other.at) return;
      await Promise.race([changed, pause(lookInterval, undefined, { signal: over }).catch(() => {})]);
    }
  } finally {
    changes.dispose();
  }
}

function isUnderWay(record: SignInRecord | undefined): boolean {
  return record !== undefined && Date.now() < record.at + longestSignIn && !hasDied(record);
}

function signedInTokens(provider: Provider, { credentials }: Snapshot): Map<ProfileId, string> {
  const ours = Object.entries(credentials).filter(([id]) => providerOf(id) === provider.id);
  return new Map(ours.map(([id, { refresh }]) => [id, tokenHash(refresh)]));
}

function newlyConnected(provider: Provider, snapshot: Snapshot, before: Map<ProfileId, string>): Profile | undefined {
  const now = signedInTokens(provider, snapshot);
  const changed = listProfiles(snapshot).find(({ id }) => now.has(id) && now.get(id) !== before.get(id));
  return changed && profileById(changed.id, snapshot);
}
