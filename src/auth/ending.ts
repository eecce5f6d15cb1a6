import { constants } from "node:os";
import type { Disposable } from "../common/disposable";
import { AIHubError, systemCode } from "../common/errors";
import { onFirstSignal } from "../common/signals";

/**
 * What this process has begun and must finish. A renewal that is cut short may cost the sign-in: the vendor has rotated
 * its token.
 */
const underWay = new Set<Promise<unknown>>();

/** Lets the end of this process wait for `work`. */
export function endsAfter(work: Promise<unknown>): void {
  const done = () => underWay.delete(work);
  underWay.add(work);
  work.then(done, done);
}

export function isRenewing(): boolean {
  return underWay.size > 0;
}

/** Resolves when this process waits for no vendor's new tokens and has stored what it got. */
export async function refreshesSettled(): Promise<void> {
  while (isRenewing()) await Promise.allSettled(underWay);
}

let isAsked = false;

/** Resolves at once, but never in a process that a signal has asked to end: it does so when no renewal is under way. */
export function unlessAskedToEnd(): Promise<void> {
  return isAsked ? new Promise(() => {}) : Promise.resolve();
}

/** Until disposed: a signal that asks this process to end does so when no renewal is under way. */
export function endOnSignals(...signals: NodeJS.Signals[]): Disposable {
  return endOnSignalsSaying(() => {}, ...signals);
}

/** The same; `say` has the last word, and is told the exit code. */
export function endOnSignalsSaying(say: (exitCode: number) => void, ...signals: NodeJS.Signals[]): Disposable {
  return onFirstSignal(signals, (signal) => {
    const exitCode = 128 + constants.signals[signal];
    isAsked = true;
    void refreshesSettled().then(() => {
      say(exitCode);
      process.exit(exitCode);
    });
  });
}

/**
 * A reader that has seen enough (`| head`) ends this process as it would end another, without a word. A result that can be
 * written nowhere (a full disk) ends it with a word.
 */
export function endOnClosedPipe(): void {
  const end = (exitCode: number) => {
    isAsked = true;
    void refreshesSettled().then(() => process.exit(exitCode));
  };
  const listen = (stream: NodeJS.WriteStream, onOtherError: (error: Error) => void) =>
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // As a shell says of SIGPIPE, which Node does not let through.
      if (error.code === "EPIPE") end(141);
      else onOtherError(error);
    });
  listen(process.stdout, (cause) => {
    console.error(new AIHubError("output_not_written", { reason: systemCode(cause) }).message);
    end(1);
  });
  // What cannot be said there is no reason to do less.
  listen(process.stderr, () => {});
}
