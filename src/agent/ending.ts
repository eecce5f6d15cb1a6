import { endOnSignals, isRenewing, refreshesSettled } from "../auth/ending";
import { terminalMessageOf } from "../common/errors";

/**
 * From now on this process ends only when no renewal of a sign-in is under way. Pi calls `process.exit` from wherever it
 * is (`/quit`, a closed terminal) and offers no hook that could wait, so the call itself has to.
 */
export function exitAfterRefreshes(): void {
  const exit = process.exit.bind(process);
  let isEnding = false;
  const exitWhenSettled = (code?: number | string) => {
    if (!isRenewing()) exit(code);
    if (isEnding) return;
    isEnding = true;
    // Pi has stopped listening by now.
    endOnSignals("SIGTERM", "SIGHUP");
    void refreshesSettled().then(() => exit(code));
  };
  Object.assign(process, { exit: exitWhenSettled });
  // What is written to a terminal that is gone throws from anywhere, and would end the process as well.
  process.on("uncaughtException", (error) => {
    // Said once: to say it there throws the next one.
    if (isEnding) return;
    console.error(terminalMessageOf(error));
    exitWhenSettled(1);
  });
}
