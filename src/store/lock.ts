import lockfile from "proper-lockfile";
import { AIHubError, systemCode } from "../common/errors";

export interface LockOptions {
  /** How long to wait for another holder, in ms. */
  patience: number;
  /** A lock whose holder has not renewed it for this long is a dead one's and is taken over, in ms. */
  stale: number;
}

/** For reading and rewriting a file: held for milliseconds. */
export const fileLock: LockOptions = { patience: 20_000, stale: 10_000 };

/** What a waiter may do meanwhile. */
export interface Waiting<T> {
  /** Asked before every further try: a result ends the wait without the lock. */
  settle(): Promise<T | undefined>;
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
  let lost = false;
  const outcome = await acquire(file, options, () => (lost = true), waiting);
  if ("settled" in outcome) return outcome.settled;
  try {
    return await body(() => {
      if (lost) throw new AIHubError("store_busy", { file });
    });
  } finally {
    // A lock that was taken over meanwhile is no longer ours to release.
    await outcome.release().catch(() => {});
  }
}

type Acquired<T> = { release: () => Promise<void> } | { settled: T };

async function acquire<T>(file: string, { patience, stale }: LockOptions, onCompromised: () => void, waiting?: Waiting<T>): Promise<Acquired<T>> {
  const deadline = Date.now() + patience;
  for (let attempt = 0; ; attempt++) {
    try {
      return { release: await lockfile.lock(file, { realpath: false, stale, update: stale / 4, onCompromised }) };
    } catch (error) {
      if (systemCode(error) !== "ELOCKED") {
        throw new AIHubError("store_not_writable", { file: `${file}.lock`, reason: systemCode(error) }, { cause: error });
      }
      if (Date.now() > deadline) throw new AIHubError("store_busy", { file }, { cause: error });
    }
    const settled = await waiting?.settle();
    if (settled !== undefined) return { settled };
    // Jitter keeps many waiters from trying in step.
    const pause = Math.min(50, 2 + attempt * 2) * (0.5 + Math.random());
    await Promise.race([new Promise((resolve) => setTimeout(resolve, pause)), ...(waiting ? [waiting.wake()] : [])]);
  }
}
