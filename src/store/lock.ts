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

/**
 * Runs `body` under a cross-process lock: the directory `<file>.lock`, renewed while it is held, as made by
 * proper-lockfile. Pi and the gateway lock the same way, so they and this project exclude each other.
 * `body` gets a check to call right before it writes: it throws when the lock was lost meanwhile
 * (a machine that slept, a clock that jumped), so that nothing is ever written without the lock.
 *
 * @throws AIHubError `store_busy` when `patience` runs out.
 */
export async function withLock<T>(file: string, options: LockOptions, body: (ensureHeld: () => void) => Promise<T>): Promise<T> {
  let lost = false;
  const release = await acquire(file, options, () => (lost = true));
  try {
    return await body(() => {
      if (lost) throw new AIHubError("store_busy", { file });
    });
  } finally {
    // A lock that was taken over meanwhile is no longer ours to release.
    await release().catch(() => {});
  }
}

async function acquire(file: string, { patience, stale }: LockOptions, onCompromised: () => void): Promise<() => Promise<void>> {
  const deadline = Date.now() + patience;
  for (let attempt = 0; ; attempt++) {
    try {
      return await lockfile.lock(file, { realpath: false, stale, update: stale / 4, onCompromised });
    } catch (error) {
      if (systemCode(error) !== "ELOCKED") {
        throw new AIHubError("store_not_writable", { file: `${file}.lock`, reason: systemCode(error) }, { cause: error });
      }
      if (Date.now() > deadline) throw new AIHubError("store_busy", { file }, { cause: error });
      // Jitter keeps many waiters from trying in step.
      const pause = Math.min(50, 2 + attempt * 2) * (0.5 + Math.random());
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
