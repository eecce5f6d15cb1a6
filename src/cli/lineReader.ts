import { createInterface, type Interface } from "node:readline";

/** How long a further line may follow and still belong to the same paste, in ms. */
const pasteGap = 30;

export interface LineReader {
  /** The next line, or several at once where they were pasted; `undefined` at the end of the input or of `signal`. */
  next(signal: AbortSignal): Promise<string | undefined>;
  /** Leaves the input to somebody else until the next question. */
  release(): void;
  close(): void;
}

/**
 * Lines of standard input, asked for one at a time, and opened at the first question only.
 *
 * In a terminal the input is read key by key: the system's own line editing cuts a line at 4,096 characters, which a
 * pasted address may have. Node's reader knows the marks of a bracketed paste and leaves them out.
 */
export function createLineReader(): LineReader {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  let lines: Interface | undefined;
  let isAtEnd = false;
  let pasted: string[] = [];
  const waiting: string[] = [];
  let deliver: ((line: string | undefined) => void) | undefined;

  const take = (line: string) => {
    if (deliver) deliver(line);
    else waiting.push(line);
  };
  const takeAfterGap = (line: string) => {
    pasted.push(line);
    if (pasted.length > 1) return;
    setTimeout(() => {
      take(pasted.join("\n"));
      pasted = [];
    }, pasteGap);
  };
  const open = () => {
    const reader = createInterface({ input: process.stdin, ...(isTerminal ? { output: process.stdout, prompt: "> " } : {}), terminal: isTerminal });
    lines = reader;
    reader.on("line", isTerminal ? takeAfterGap : take);
    // Key by key, Ctrl-C is a key like others.
    reader.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    reader.on("close", () => {
      if (lines !== reader) return;
      isAtEnd = true;
      deliver?.(undefined);
    });
  };
  const release = () => {
    const reader = lines;
    lines = undefined;
    reader?.close();
  };

  return {
    next(signal) {
      const line = waiting.shift();
      if (line !== undefined || isAtEnd || signal.aborted) return Promise.resolve(line);
      if (!lines) open();
      if (isTerminal) lines?.prompt();
      return new Promise((resolve) => {
        const finish = (value: string | undefined) => {
          deliver = undefined;
          signal.removeEventListener("abort", onAbort);
          resolve(value);
        };
        const onAbort = () => finish(undefined);
        deliver = finish;
        signal.addEventListener("abort", onAbort, { once: true });
      });
    },
    release,
    close() {
      release();
      process.stdin.unref?.();
    },
  };
}
