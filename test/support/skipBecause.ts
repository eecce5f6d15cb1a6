import type { Context } from "mocha";

/** Skips a test, or in a `before` hook all of its block, and says why. */
export function skipBecause(test: Context, reason: string): never {
  console.log(`      skipped: ${reason}`);
  return test.skip();
}
