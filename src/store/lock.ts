import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import lockfile from "proper-lockfile";
import { AIHubError, systemCode } from "../common/errors";
import { lockFs, takeNote } from "./ownLocks";
import { notWritable } from "./secretFile";
import { waitForLock } from "./waitForLock";

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
 * `body` gets a check to call right before it writes: it looks at the lock itself, and throws when another has taken it
 * over meanwhile (a machine that slept, a process that was stopped), so that nothing is ever written without the lock.
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
      if (!outcome.isHeld()) throw new AIHubError("store_busy", { file });
    });
  } finally {
    await outcome.release().catch(() => {});
  }
}

/** A lock that is held. */
export interface Claim {
  /** Leaves a lock alone that was taken over meanwhile. */
  release(): Promise<void>;
  /** Whether it is held at this very moment. */
  isHeld(): boolean;
}

async function acquire<T>(file: string, options: LockOptions, waiting?: Waiting<T>): Promise<Claim | { settled: T }> {
  const first = await claim(file, options.stale);
  if (first) return first;
  const outcome = await waitForLock(`${file}.lock`, (takeAway) => claim(file, options.stale, takeAway), options, waiting);
  if (!outcome) throw new AIHubError("store_busy", { file });
  return outcome;
}

/** The lock, or `undefined` where another holds it. `takeAway` removes a dead one's just before. */
async function claim(file: string, stale: number, takeAway?: () => void): Promise<Claim | undefined> {
  try {
    takeAway?.();
    let isLost = false;
    const release = await lockfile.lock(file, { realpath: false, stale, update: updateInterval, fs: lockFs, onCompromised: () => (isLost = true) });
    const note = takeNote(resolve(`${file}.lock`));
    return {
      // Its timer finds out about a lost one only some time after a stop.
      isHeld: () => !isLost && note.isUnchanged(),
      // Of each lock it knows but the latest: with that, it would let go of what this process has claimed anew.
      release: async () => (note.isLatest() ? release() : undefined),
    };
  } catch (error) {
    const code = systemCode(error);
    // ENOENT, in a folder that is there: who took a dead one's lock away at the same moment took the one just made.
    if (code === "ELOCKED" || (code === "ENOENT" && existsSync(dirname(file)))) return undefined;
    throw notWritable(`${file}.lock`, error);
  }
}
