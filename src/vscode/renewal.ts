import type * as vscode from "vscode";
import { listProfiles } from "../auth/profiles";
import { backoff } from "../common/backoff";
import { messageOf } from "../common/errors";
import { isDue, refreshAhead } from "../auth/refreshAhead";
import { loadAuth, type Services } from "./services";

/** How often to look, in ms. A timer for the very moment would be late after the machine slept. */
const lookInterval = 30_000;

/** The first pause after a failed renewal, doubled up to the last, in ms. */
const firstPause = 60_000;
const longestPause = 15 * 60_000;

/** Renews what is due while a window is open, so that nobody waits for it. */
export function keepFresh(services: Services): vscode.Disposable {
  // Several windows look at different moments, and the first one renews for all.
  const jitter = Math.random() * lookInterval;
  const pauses = new Map<string, { failures: number; since: number; length: number }>();
  const isPaused = (id: string, now: number) => {
    const { since, length } = pauses.get(id) ?? { since: 0, length: 0 };
    // One from the future was made by a clock that was wrong.
    return now >= since && now < since + length;
  };

  const look = async () => {
    const now = Date.now();
    const due = listProfiles(await services.store.read()).filter(
      ({ id, type, status, expires }) =>
        type === "oauth" && status !== "sign-in-again" && expires !== null && now >= expires - refreshAhead + jitter && !isPaused(id, now),
    );
    for (const { id } of due) await renew(id);
  };

  const renew = async (id: string) => {
    const { freshCredential } = await loadAuth();
    try {
      const credential = await freshCredential({ store: services.store, profile: id, logger: services.log });
      // A token that could not be renewed but still holds comes back as it was.
      if (isDue(credential)) pause(id);
      else pauses.delete(id);
    } catch (error) {
      pause(id);
      services.log.warn(`${id} was not renewed. ${messageOf(error)}`);
    }
  };

  const pause = (id: string) => {
    const failures = (pauses.get(id)?.failures ?? 0) + 1;
    pauses.set(id, { failures, since: Date.now(), length: backoff(failures, firstPause, longestPause) });
  };

  let looking: Promise<void> | undefined;
  const lookOnce = () => {
    looking ??= look()
      .catch((error: unknown) => services.log.warn(messageOf(error)))
      .finally(() => (looking = undefined));
  };
  const timer = setInterval(lookOnce, lookInterval);
  lookOnce();
  return { dispose: () => clearInterval(timer) };
}
