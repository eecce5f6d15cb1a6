import { access } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { backoff } from "../common/backoff";
import type { Disposable } from "../common/disposable";
import { isAIHubError, messageOf } from "../common/errors";
import { warnOnce, type Logger } from "../common/logger";
import type { CredentialStore, Snapshot } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";
import { watchFiles } from "../store/watch";
import { changeAuthFile, readAuthFile, type AuthEntries } from "./authFile";
import { oauthEntry, planMirror, type MirrorPlan, type Newcomer } from "./mirrorPlan";
import { confirmSuccession, takeNewcomer, unconfirmed } from "./newcomer";
import { configFile, gatewayAuthFile } from "./paths";

/** Longer than the answer to a renewal is waited for, in ms: for so long the gateway does not renew what we are renewing. */
const leaseTime = 90_000;

/** How often the files may change under the comparison before it is left to the next occasion. */
const attempts = 10;

export interface Mirror {
  /**
   * Makes the gateway's copy and the store agree. Never fails: what is in the way is said once.
   *
   * @returns whether they do; what is in the way of one provider is not in that of another
   */
  sync(): Promise<boolean>;
  /** Does so now and whenever any process changes either, and tries again what could not be done, until it is disposed. */
  follow(): Disposable;
  /** As in CredentialStore. */
  beforeRenewal(profile: ProfileId): Promise<void>;
  /** As in CredentialStore: it asks whose the gateway's tokens are, so that the newest are revoked and nobody else's go. */
  beforeSignOut(profile: ProfileId): Promise<void>;
}

/** Keeps `auth.json`, the gateway's copy of the sign-ins, and the store of `home` in agreement. */
export function createMirror(home: string, store: CredentialStore, logger: Logger): Mirror {
  const sayOnce = warnOnce(logger);

  const look = async () => {
    const snapshot = await store.read();
    const isOn = await isMirroring(home, snapshot);
    const { entries: records = {}, aliases = {} } = snapshot.index.mirror ?? {};
    const isConcerned = isOn || Object.keys(records).length + Object.keys(aliases).length > 0;
    const entries = isConcerned ? await readAuthFile(home) : {};
    return { snapshot, entries, isOn, plan: isConcerned ? planMirror(snapshot, entries, isOn) : nothing };
  };

  /** @returns whether something was taken; `obstacles` gets why not, by provider */
  const takeNewcomers = async ({ newcomers }: MirrorPlan, obstacles: Map<string, unknown>) => {
    let isTaken = false;
    for (const newcomer of newcomers.filter(({ provider }) => !obstacles.has(provider))) {
      try {
        isTaken = (await takeNewcomer(store, newcomer, logger)) || isTaken;
      } catch (error) {
        obstacles.set(newcomer.provider, error);
      }
    }
    return isTaken;
  };

  /** The same for what was taken before its owner was known. */
  const confirm = async (snapshot: Snapshot, obstacles: Map<string, unknown>) => {
    let isSettled = false;
    for (const profile of unconfirmed(snapshot).filter((id) => !obstacles.has(providerOf(id)))) {
      try {
        isSettled = (await confirmSuccession(store, profile, logger)) || isSettled;
      } catch (error) {
        obstacles.set(providerOf(profile), error);
      }
    }
    return isSettled;
  };

  /** A plan writes nothing for a provider with a newcomer: while that cannot be taken, it waits, and the others do not. */
  const agree = async () => {
    const obstacles = new Map<string, unknown>();
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { snapshot, plan } = await look();
      if (await takeNewcomers(plan, obstacles)) continue;
      if (Object.keys(plan.write).length > 0 && !(await write(plan))) continue;
      if (Object.keys(plan.records).length > 0) await record(plan);
      if (await confirm(snapshot, obstacles)) continue;
      for (const obstacle of obstacles.values()) say(obstacle);
      return obstacles.size === 0;
    }
    return false;
  };

  /** Writes first, records then: a crash in between leaves a copy that is the store's own, which the comparison sees. */
  const write = async (plan: MirrorPlan) => {
    let isWritten = false;
    await changeAuthFile(home, async (entries) => {
      const snapshot = await store.read();
      const now = planMirror(snapshot, entries, await isMirroring(home, snapshot));
      isWritten = isDeepStrictEqual(now, plan);
      return isWritten ? merge(entries, plan.write) : undefined;
    });
    return isWritten;
  };

  const record = (plan: MirrorPlan) =>
    store.update((draft) => {
      draft.index.mirror = { ...draft.index.mirror, entries: merge(draft.index.mirror?.entries ?? {}, plan.records) };
    });

  const say = (error: unknown) => {
    sayOnce(`The gateway's copy of the sign-ins was not brought up to date. ${messageOf(error)}`);
    return false;
  };

  /** What the gateway made of the profile's own tokens must be had before those are renewed; whose all else is can wait. */
  const takeBeforeRenewal = async (newcomer: Newcomer, profile: ProfileId) => {
    try {
      return await takeNewcomer(store, newcomer, logger);
    } catch (error) {
      if (newcomer.successorOf === profile || !isAIHubError(error, "offline", "rate_limited", "vendor_fault")) throw error;
      return false;
    }
  };

  let running: Promise<boolean> | undefined;
  let isAskedAgain = false;
  const run = async () => {
    let isAgreed: boolean;
    do {
      isAskedAgain = false;
      isAgreed = await agree().catch(say);
    } while (isAskedAgain);
    return isAgreed;
  };

  const sync = () => {
    isAskedAgain = running !== undefined;
    running ??= run().finally(() => (running = undefined));
    return running;
  };

  return {
    sync,

    follow() {
      const tries = createRetries(sync);
      const watchers = [store.onDidChange(tries.now), watchFiles([gatewayAuthFile(home), configFile(home)], tries.now), tries];
      tries.now();
      return { dispose: () => watchers.forEach((watcher) => watcher.dispose()) };
    },

    async beforeRenewal(profile) {
      const provider = providerOf(profile);
      for (let attempt = 0; attempt < attempts; attempt++) {
        const { snapshot, entries, plan } = await look().catch(skipUnreadable);
        const newcomer = plan.newcomers.find((each) => each.provider === provider);
        if (newcomer && (await takeBeforeRenewal(newcomer, profile))) continue;
        if (!isAboutToRenew(snapshot, entries, profile)) return;
        let isLeased = false;
        await changeAuthFile(home, async (current) => {
          isLeased = isDeepStrictEqual(current[provider], entries[provider]);
          return Promise.resolve(isLeased ? { ...current, [provider]: { ...oauthEntry(current[provider]), expires: Date.now() + leaseTime } } : undefined);
        });
        if (isLeased) return;
      }
    },

    async beforeSignOut(profile) {
      try {
        const newcomer = (await look()).plan.newcomers.find(({ provider }) => provider === providerOf(profile));
        if (newcomer) await takeNewcomer(store, newcomer, logger);
      } catch (error) {
        logger.debug(`What the gateway may have renewed of ${profile} is not known. ${messageOf(error)}`);
      }
    },
  };
}

/** The pauses before something is tried again, doubled from the first to the longest, in ms. */
const [firstPause, longestPause] = [2_000, 5 * 60_000];

/** Does `attempt` whenever it is asked to, and again while it does not succeed. */
function createRetries(attempt: () => Promise<boolean>): Disposable & { now(this: void): void } {
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let isDisposed = false;
  const tryOnce = async () => {
    failures = (await attempt()) ? 0 : failures + 1;
    clearTimeout(timer);
    if (failures === 0 || isDisposed) return;
    timer = setTimeout(now, backoff(failures, firstPause, longestPause));
    timer.unref();
  };
  const now = () => void tryOnce();
  return {
    now,
    dispose() {
      isDisposed = true;
      clearTimeout(timer);
    },
  };
}

const nothing: MirrorPlan = { newcomers: [], write: {}, records: {} };

/** A copy that nobody can read is none that the gateway could renew from. */
function skipUnreadable(error: unknown): { snapshot: Snapshot | undefined; entries: AuthEntries; plan: MirrorPlan } {
  if (!isAIHubError(error, "store_invalid", "store_not_secure")) throw error;
  return { snapshot: undefined, entries: {}, plan: nothing };
}

/** Whether the gateway has the very tokens that are to be renewed, and would renew them itself by now. */
function isAboutToRenew(snapshot: Snapshot | undefined, entries: AuthEntries, profile: ProfileId): boolean {
  const ours = snapshot?.credentials[profile];
  const copy = oauthEntry(entries[providerOf(profile)]);
  return ours !== undefined && copy !== undefined && copy.refresh === ours.refresh && copy.expires < Date.now() + leaseTime;
}

/** Whether there is a gateway to keep fresh: as the person set it, else when its home has a config. */
async function isMirroring(home: string, { index }: Snapshot): Promise<boolean> {
  if (index.mirror?.mode) return index.mirror.mode === "on";
  return access(configFile(home)).then(() => true, () => false);
}

function merge<T>(entries: Readonly<Record<string, T>>, changes: Readonly<Record<string, T | undefined>>): Record<string, T> {
  const next = { ...entries };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete next[name];
    else next[name] = value;
  }
  return next;
}
