import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import { AIHubError, systemCode } from "../common/errors";

/** What a person or a service manager may send to this process and mean for the program that it runs. */
const alwaysForwarded = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const;

/** What a terminal sends to both by itself. */
const fromTerminal = ["SIGINT", "SIGQUIT"] as const;

export interface ForegroundOptions {
  /** What the program reads on standard input, in place of this command's own. */
  input?: string;
  /** Has the last word where a signal has ended the program. */
  onKilled?: (signal: NodeJS.Signals) => void;
}

/**
 * Runs a program in the place of this command: the same terminal, its exit code, its signals. A program that a signal
 * has ended ends this process the same way, so that a shell sees what it would have seen.
 *
 * @throws AIHubError `program_not_started`; the exit code is then that of a shell: 127 not found, 126 not executable
 */
export async function runInForeground(executable: string, args: readonly string[], env: NodeJS.ProcessEnv, { input, onKilled }: ForegroundOptions = {}): Promise<void> {
  // Listened for before there is a program: it may be stopped as soon as it is there.
  const forward = (signal: NodeJS.Signals) => void child.kill(signal);
  const forwardFromTerminal = hasTerminal() ? () => {} : forward;
  for (const signal of alwaysForwarded) process.on(signal, forward);
  for (const signal of fromTerminal) process.on(signal, forwardFromTerminal);
  const child = spawn(executable, args, { env, stdio: [input === undefined ? "inherit" : "pipe", "inherit", "inherit"] });
  // A program that ends without reading all is no error of this one.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  try {
    const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (exitCode, endedBy) => resolve({ code: exitCode, signal: endedBy }));
    });
    if (signal) onKilled?.(signal);
    for (const each of alwaysForwarded) if (!keptByNode.has(each)) process.off(each, forward);
    for (const each of fromTerminal) process.off(each, forwardFromTerminal);
    if (signal) endBy(signal);
    else process.exitCode = code ?? 1;
  } catch (error) {
    const code = systemCode(error);
    process.exitCode = code === "ENOENT" ? 127 : 126;
    throw new AIHubError("program_not_started", { file: executable, reason: reasons.get(code ?? "") ?? code }, { cause: error });
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "it was not found"],
  ["EACCES", "it may not be executed"],
]);

/** Node ignores the one, and starts its debugger by the other when nobody listens for it: neither ends a process of it. */
const keptByNode = new Set<NodeJS.Signals>(["SIGPIPE", "SIGUSR1"]);

/** Libraries listen for signals too, and a signal that is listened for no longer ends a process by itself. */
function endBy(signal: NodeJS.Signals): void {
  process.exitCode = 128 + constants.signals[signal];
  if (keptByNode.has(signal)) return;
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Whether a terminal controls this process: its Ctrl-C then reaches the program as well, however the streams are redirected. */
function hasTerminal(): boolean {
  if (process.platform === "win32") return true;
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
