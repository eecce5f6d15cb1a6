import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { aborted } from "../common/aborted";
import { AIHubError } from "../common/errors";
import { plainLine } from "../common/plainLine";
import type { Provider } from "../providers/provider";
import type { CredentialStore, Snapshot } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";
import type { SignInRecord } from "../store/schema";
import { providerAt } from "./flows/enterpriseDomain";
import { listProfiles, type Profile } from "./profiles";
import { hasDied, processName } from "./refreshRecord";
import type { SignInRequest } from "./signInRequest";

/** Longer than any sign-in may take, in ms: a record that is older was left behind. */
const longestSignIn = 20 * 60_000;

/** How far the clocks of two machines that share a home may be apart, in ms. */
const clockTolerance = 60_000;

/** How often a waiting one looks whether the other process still lives, in ms. What it stores is seen at once. */
const lookInterval = 1_000;

interface TurnRequest extends SignInRequest {
  /** Where the account is to be: the domain of an enterprise, or the provider's own. Without it, anywhere. */
  domain?: string;
}

/**
 * One sign-in a provider at a time, in all windows and terminals of the machine. Who comes second is told who is at
 * it, and takes over the result if it is the profile and at the domain asked for; or signs in as well, if the person
 * wants that. The way that was asked for is no matter: it leads to the same account.
 *
 * @returns the profile that the other one connected, or that `signIn` did.
 * @throws AIHubError `cancelled`, `invalid_domain`, and as `signIn`
 */
export async function inTurn(taker: TurnRequest, signIn: () => Promise<Profile>): Promise<Profile> {
  const { store } = taker;
  const isWanted = wishOf(taker);
  let inAnyCase = false;
  // Of several who wait for one that comes to nothing, the next has its turn and the others wait for that one.
  for (;;) {
    const claimed = await claim(taker);
    if ("mine" in claimed) return signInOn(claimed.mine, taker, signIn);
    // The record stays the other one's, for those who wait for what it comes to.
    if (inAnyCase) return signIn();
    const ended = await waitForOther(taker, claimed.other);
    if (ended === "here") inAnyCase = true;
    else if (ended?.connected !== undefined) {
      const snapshot = await store.read();
      const connected = listProfiles(snapshot).find(({ id }) => id === ended.connected);
      if (connected && isWanted(connected.id, snapshot)) return connected;
    }
  }
}

/** Whether what another sign-in connected is what this one is for. */
function wishOf({ provider, profile, domain }: TurnRequest): (id: ProfileId, snapshot: Snapshot) => boolean {
  const place = domain === undefined ? undefined : providerAt(provider, domain);
  return (id, { credentials }) => (profile ?? id) === id && (!place || credentials[id]?.enterpriseUrl === place.enterpriseUrl);
}

/** The records of this process, by their `at`. */
const own = new Set<number>();

/** This one's record, or that of who is at it already. */
async function claim({ provider, store, ui }: SignInRequest): Promise<{ mine: SignInRecord } | { other: SignInRecord }> {
  return store.update(({ index }) => {
    const stands = index.signingIn?.[provider.id];
    if (stands && isUnderWay(stands)) return { other: stands };
    const mine: SignInRecord = { at: Date.now(), pid: process.pid, host: hostname(), place: plainLine(ui.place) };
    own.add(mine.at);
    index.signingIn = { ...index.signingIn, [provider.id]: mine };
    return { mine };
  });
}

/** A sign-in that succeeds leaves in its record what it came to, for those who wait; another one leaves none. */
async function signInOn(mine: SignInRecord, { provider, store }: SignInRequest, signIn: () => Promise<Profile>): Promise<Profile> {
  let connected: ProfileId | undefined;
  try {
    const profile = await signIn();
    connected = profile.id;
    return profile;
  } finally {
    own.delete(mine.at);
    // A record that cannot be written is one of a process that has ended, soon.
    await store.update(({ index }) => {
      const { [provider.id]: stands, ...others } = index.signingIn ?? {};
      if (!stands || !isSame(stands, mine)) return;
      index.signingIn = connected === undefined ? others : { ...others, [provider.id]: { ...stands, connected } };
      if (Object.keys(index.signingIn).length === 0) delete index.signingIn;
    }).catch(() => {});
  }
}

/** The record that the other sign-in left, if any, when it has ended; `here` when the person does not want to wait. */
async function waitForOther({ provider, store, ui, signal, profile, domain }: TurnRequest, other: SignInRecord): Promise<SignInRecord | "here" | undefined> {
  const finished = new AbortController();
  const over = AbortSignal.any([signal, finished.signal]);
  const who = plainLine(`${other.place} (process ${processName(other)})`);
  const condition = profile === undefined && domain === undefined ? "" : ", if it is the account that is asked for here";
  const prompt = `Another sign-in is under way: ${who} is signing in to ${provider.name}. Its result counts here too${condition}.`;
  const options = [{ id: "here" as const, label: "Sign in here as well" }];
  // In a script, the next line of the input is for the sign-in itself.
  const choice = ui.choose<"here" | "wait">({ title: `Sign in to ${provider.name}`, prompt, options, unattended: "wait" }, over);
  const wantsOwn = choice.then((answer) => {
    if (answer === "here") return answer;
    if (over.aborted) return undefined;
    // Closing the question is no answer: the result is still waited for.
    ui.progress(`Waiting for ${who}…`);
    return aborted(over);
  });
  const ended = await Promise.race([wantsOwn, recordEnded(provider, store, other, over)]).finally(() => finished.abort());
  if (signal.aborted) throw new AIHubError("cancelled");
  return ended;
}

async function recordEnded(provider: Provider, store: CredentialStore, other: SignInRecord, over: AbortSignal): Promise<SignInRecord | undefined> {
  let look: () => void = () => {};
  const changes = store.onDidChange(() => look());
  try {
    while (!over.aborted) {
      const changed = new Promise<void>((resolve) => (look = resolve));
      const stands = (await store.read()).index.signingIn?.[provider.id];
      if (!stands || !isSame(stands, other)) return undefined;
      if (!isUnderWay(stands)) return stands;
      await Promise.race([changed, pause(lookInterval, undefined, { signal: over }).catch(() => {})]);
    }
    return undefined;
  } finally {
    changes.dispose();
  }
}

function isSame(one: SignInRecord, other: SignInRecord): boolean {
  return one.at === other.at && one.pid === other.pid && one.host === other.host;
}

function isUnderWay(record: SignInRecord): boolean {
  if (record.connected !== undefined || hasDied(record)) return false;
  // The number of a process that has died may be this one's now.
  if (record.pid === process.pid && record.host === hostname()) return own.has(record.at);
  const age = Date.now() - record.at;
  return age < longestSignIn && age > -clockTolerance;
}
