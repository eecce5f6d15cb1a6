/** How long to wait after so many failures, in ms: twice as long each time, with jitter so that many do not come back in step. */
export function backoff(failures: number, first: number, longest: number): number {
  return Math.min(longest, first * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
}

/** The pauses between the tries to reach something that comes and goes. */
export interface Pauses {
  /** How long to wait before the next try, in ms. */
  next(): number;
  /** It is reached. */
  reached(): void;
  /** It is gone again. */
  lost(): void;
  /** As if nothing had been tried yet. */
  reset(): void;
}

/**
 * Pauses that grow with each failure, also with one that looks like a success: what ends within the longest pause counts
 * as a failure more, so that a peer which accepts and then closes is not asked again and again.
 */
export function createPauses(first: number, longest: number): Pauses {
  let failures = 0;
  let shortLived = 0;
  let since = 0;
  return {
    next: () => backoff(++failures, first, longest),
    reached() {
      failures = shortLived;
      since = performance.now();
    },
    lost() {
      shortLived = performance.now() - since > longest ? 0 : shortLived + 1;
      if (shortLived === 0) failures = 0;
    },
    reset() {
      failures = 0;
      shortLived = 0;
    },
  };
}
