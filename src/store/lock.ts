import { stat } from "node:fs/promises";
// Its signal handlers count those that are there before them: loaded later, it would end a process that still waits.
import lockfile from "proper-lockfile";
import { AIHubError, systemCode } from "../common/errors";
import { notWritable } from "./secretFile";

export interface LockOptions {
  /** How long to wait for another holder, in ms. */
  patience: number;
  /** A lock whose holder has not renewed it for this long is a dead one's and is taken over, in ms. */
  stale: number;
}

/** For reading and rewriting a file: held for milliseconds. */
export const fileLock: LockOptions = { patience: 20_000, stale: 10_000 };

/** How often a held lock is renewed, in ms: well within any of the times after which it counts as a dead one's. */
const updateInterval = 1_000;

/** For the lock of a holder that is known to be dead, in ms; the least that proper-lockfile allows. */
const deadHolderStale = 2_000;

/** What a waiter may know and do meanwhile. */
export interface Waiter<T> {
  /** Asked before every further try: a result, or an error, ends the wait without the lock. */
  settle(): Promise<T | undefined>;
  /** Whether the holder is known to have died: its lock is then taken over sooner. */
  isHolderDead(): Promise<boolean>;
}

export interface Waiting<T> extends Waiter<T> {
  /** Resolves when there is reason to ask before the next try. */
  wake(): Promise<void>;
}

/**
 * Runs `body` under a cross-process lock: the directory `<file>.lock`, renewed while it is held, as made by
 * proper-lockfile. Pi and the gateway lock the same way, so they and this project exclude each other.
 * `body` gets a check to call right before it writes: it throws when the lock was lost meanwhile
 * (a machine that slept, a clock that jumped), so that nothing is ever written without the lock.
 *
 * @throws AIHubError `store_busy` when `patience` runs out, `store_not_writable`
 */
export async function withLock<T>(
  file: string,
  options: LockOptions,
  body: (ensureHeld: () => void) => Promise<T>,
  waiting?: Waiting<T>,
): Promise<T> {
  const outcome = await acquire(file, options, waiting);
  if ("settled" in outcome) return outcome.settled;
  try {
    return await body(() => {
      if (outcome.isLost()) throw new AIHubError("store_busy", { file });
    });
  } finally {
    // A lock that was taken over meanwhile is no longer ours to release.
    await outcome.release().catch(() => {});
  }
}

type Acquired<T> = { release: () => Promise<void>; isLost: () => boolean } | { settled: T };

async function acquire<T>(file: string, { patience, stale }: LockOptions, waiting?: Waiting<T>): Promise<Acquired<T>> {
  const deadline = Date.now() + patience;
  let isDead = false;
  for (let attempt = 0; ; attempt++) {
    try {
      let lost = false;
      const onCompromised = () => (lost = true);
      const patienceWithHolder = isDead ? deadHolderStale : stale;
      const release = await lockfile.lock(file, { realpath: false, stale: patienceWithHolder, update: updateInterval, onCompromised });
      if (attempt === 0 || (await isStillOurs(file))) return { release, isLost: () => lost };
      continue;
    } catch (error) {
      if (systemCode(error) !== "ELOCKED") {
        throw notWritable(`${file}.lock`, error);
      }
      if (Date.now() > deadline) throw new AIHubError("store_busy", { file }, { cause: error });
    }
    // Asked for before the look, so that a change during the look is not missed.
    const woken = waiting?.wake();
    const settled = await waiting?.settle();
    if (settled !== undefined) return { settled };
    // Asked anew each time: a live holder may have taken over since.
    isDead = (await waiting?.isHolderDead()) ?? false;
    // Jitter keeps many waiters from trying in step. Who is woken need not look so often.
    const pause = Math.min(woken ? 100 : 50, 2 + attempt * 2) * (0.5 + Math.random());
    await Promise.race([new Promise((resolve) => setTimeout(resolve, pause)), ...(woken ? [woken] : [])]);
  }
}

/**
 * Several waiters that find a dead holder's lock at the same moment can each believe to have taken it over: one
 * removes what another has just made. Only the last one's directory stands, so a contested lock is looked at again.
 */
async function isStillOurs(file: string): Promise<boolean> {
  const made = await mtime(file);
  await new Promise((resolve) => setTimeout(resolve, contestTime));
  return made !== undefined && made === (await mtime(file));
}

/** Longer than the steps of a takeover take, in ms; much shorter than the time between two renewals of a lock. */
const contestTime = 15;

async function mtime(file: string): Promise<bigint | undefined> {
  return stat(`${file}.lock`, { bigint: true }).then(({ mtimeNs }) => mtimeNs, () => undefined);
}
