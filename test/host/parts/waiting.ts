import type { Page } from "playwright-core";

/** What a person looks for: the exact words, or a pattern. */
export type Wanted = string | RegExp;

/** True if `text` is exactly `wanted`, or matches it. */
export function matches(text: string, wanted: Wanted): boolean {
  return typeof wanted === "string" ? text === wanted : wanted.test(text);
}

/** True if `text` contains `wanted`, or matches it. */
export function contains(text: string, wanted: Wanted): boolean {
  return typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
}

/** The exact text as a pattern, for Playwright's `hasText`, which otherwise accepts a part. */
export function exactly(wanted: Wanted): RegExp {
  return typeof wanted === "string" ? new RegExp(`^\\s*${wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*$`) : wanted;
}

/** Asks again after each drawn frame until there is an answer; fails after `timeout` ms with `what` and what was seen last. */
export async function until<T>(page: Page, what: string, ask: () => Promise<T | undefined>, options: { timeout?: number; seen?: () => unknown } = {}): Promise<T> {
  const end = Date.now() + (options.timeout ?? 60_000);
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}${options.seen ? `; there was: ${JSON.stringify(options.seen())}` : ""}`);
    await nextFrame(page);
  }
}

/** Lets the page draw, so that lists show what they were scrolled to. A page behind another draws nothing: it goes by the clock. */
export async function nextFrame(page: Page): Promise<void> {
  await page.evaluate("new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); setTimeout(done, 200); })");
}
