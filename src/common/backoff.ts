/** How long to wait after so many failures, in ms: twice as long each time, with jitter so that many do not come back in step. */
export function backoff(failures: number, first: number, longest: number): number {
  return Math.min(longest, first * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
}
