import { stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { markOf, watchLock } from "./deadLock";
import type { Claim, LockOptions, Waiting } from "./lock";

/**
 * Tries again and again to `claim` a lock that another holds. Gives the lock, a result that spares it, or `undefined`
 * when `patience` has run out.
 */
export async function waitForLock<T>(
  lock: string,
  claim: (takeAway?: () => void) => Promise<Claim | undefined>,
  { patience, stale }: LockOptions,
  waiting?: Waiting<T>,
): Promise<Claim | { settled: T } | undefined> {
  const deadline = performance.now() + patience;
  const watch = watchLock(lock, stale);
  for (let attempt = 0; performance.now() <= deadline; attempt++) {
    // Asked for before the look, so that a change during the look is not missed.
    const woken = waiting?.wake();
    const settled = await waiting?.settle();
    if (settled !== undefined) return { settled };
    // Asked anew each time: a live holder may have taken over since.
    const isHolderDead = (await waiting?.isHolderDead()) ?? false;
    // Jitter keeps many waiters from trying in step. Who is woken need not look so often.
    const time = Math.min(woken ? 100 : 50, 2 + attempt * 2) * (0.5 + Math.random());
    await Promise.race([pause(time), ...(woken ? [woken] : [])]);
    const claimed = await claim(await watch.look(isHolderDead));
    if (claimed && (await isStillOurs(lock))) return claimed;
  }
  return undefined;
}

/**
 * Several waiters that find a dead holder's lock at the same moment can each believe to have taken it over: one
 * removes what another has just made. Only the last one's directory stands, so a contested lock is looked at again.
 */
async function isStillOurs(lock: string): Promise<boolean> {
  const made = await markAt(lock);
  await pause(contestTime);
  return made !== undefined && made === (await markAt(lock));
}

/** Longer than the steps of a takeover take, in ms; much shorter than the time between two renewals of a lock. */
const contestTime = 15;

function markAt(lock: string): Promise<string | undefined> {
  return stat(lock, { bigint: true }).then(markOf, () => undefined);
}
