import { rmdirSync, statSync, type BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";

/** For the lock of a holder that is known to be dead, in ms. */
const deadHolderStale = 2_000;

/** How long a lock that looks old must not change before our eyes, in ms: its holder renews it three times meanwhile. */
const doubt = 3_000;

/** What one look may count for, in ms: a machine that slept between two has not watched. */
const longestStep = 1_000;

/**
 * Watches a lock that another holds. Machines that share a home tell time differently, and so its age by our clock
 * proves nothing: alive is who renews it. Who does not for `stale` is dead, whatever time the lock bears.
 */
export function watchLock(lock: string, stale: number) {
  let seen: string | undefined;
  let lookedAt = 0;
  let unchangedFor = 0;

  return {
    /** Gives what takes the lock away once its holder must be dead; `isHolderDead` says that one of this machine is. */
    async look(isHolderDead: boolean): Promise<(() => void) | undefined> {
      const found = await stat(lock, { bigint: true }).catch(() => undefined);
      const now = performance.now();
      const mark = found && markOf(found);
      unchangedFor = mark !== undefined && mark === seen ? unchangedFor + Math.min(now - lookedAt, longestStep) : 0;
      seen = mark;
      lookedAt = now;
      if (!found) return undefined;
      const age = Date.now() - Number(found.mtimeMs);
      const isDead = isHolderDead ? Math.max(age, unchangedFor) > deadHolderStale : unchangedFor > stale || (age > stale && unchangedFor > doubt);
      return isDead ? () => takeAway(lock, markOf(found)) : undefined;
    },
  };
}

/** In one go: another waiter may have taken it over since the look, and that one's must stay. */
function takeAway(lock: string, mark: string): void {
  const found = statSync(lock, { bigint: true, throwIfNoEntry: false });
  if (found && markOf(found) === mark) rmdirSync(lock);
}

/** Changes when a lock is renewed, and when another is made in its place. */
export function markOf({ mtimeNs, ctimeNs }: BigIntStats): string {
  return `${mtimeNs}/${ctimeNs}`;
}
