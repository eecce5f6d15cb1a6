import type { Disposable } from "./disposable";

/**
 * Calls `listener` at the first of each of these signals, until disposed. A second Ctrl-C means it, and ends the process;
 * of the others, a terminal that closes sends several.
 *
 * It listens on after the first: proper-lockfile, and write-file-atomic while it writes, listen as well, and end a process
 * in which they then find nobody else who does.
 */
export function onFirstSignal(signals: readonly NodeJS.Signals[], listener: (signal: NodeJS.Signals) => void): Disposable {
  const removals = signals.map((signal) => {
    let isFirst = true;
    const hear = () => {
      if (isFirst) {
        isFirst = false;
        listener(signal);
      } else if (signal === "SIGINT") {
        process.off(signal, hear);
        process.kill(process.pid, signal);
      }
    };
    process.on(signal, hear);
    return () => process.off(signal, hear);
  });
  return { dispose: () => removals.forEach((remove) => remove()) };
}
