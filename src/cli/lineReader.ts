import { clearLine, createInterface, cursorTo, type Interface } from "node:readline";
import { obeysEscapes } from "./obeysEscapes";

/** How long a further line may follow and still belong to the same paste, where the terminal does not mark it, in ms. */
const pasteGap = 30;

/** Asks the terminal to mark what is pasted: over a slow line, a paste has gaps of its own. */
const bracketedPaste = { on: "\x1b[?2004h", off: "\x1b[?2004l" };

export interface LineReader {
  /** The next line, or several at once where they were pasted; `undefined` at the end of the input or of `signal`. */
  next(signal: AbortSignal): Promise<string | undefined>;
  /** Prints a note on standard error, above the line that is being written. */
  note(message: string): void;
  /** Leaves the input to somebody else until the next question. */
  release(): void;
  close(): void;
}

/**
 * Key by key, Ctrl-C is a key like others. Whoever listens for the signal is told of it here: on Windows, a signal to
 * oneself ends the process at once, and nobody hears of it. Where nobody listens (any more), that is what it is for.
 */
function interrupt(): void {
  const isHeard = process.emit("SIGINT", "SIGINT");
  if (!isHeard) process.kill(process.pid, "SIGINT");
}

/**
 * Lines of standard input, asked for one at a time, and opened at the first question only.
 *
 * In a terminal the input is read key by key: the system's own line editing cuts a line at 4,096 characters, which a
 * pasted address may have. Node's reader knows the marks of a bracketed paste and leaves them out of the text.
 */
export function createLineReader(): LineReader {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  let lines: Interface | undefined;
  let isAtEnd = false;
  let isPasting = false;
  const pasted: string[] = [];
  const waiting: string[] = [];
  let deliver: ((line: string | undefined) => void) | undefined;

  const take = (line: string) => {
    if (deliver) deliver(line);
    else waiting.push(line);
  };
  const takeWhole = (reader: Interface) => (line: string) => {
    pasted.push(line);
    setTimeout(() => {
      // Text after the last line break is the rest of the paste, which Enter ends.
      if (pasted.length > 0 && !isPasting && reader.line === "") take(pasted.splice(0).join("\n"));
    }, pasteGap);
  };
  const onKey = (_text: unknown, { name }: { name?: string }) => {
    if (name === "paste-start" || name === "paste-end") isPasting = name === "paste-start";
  };
  const open = () => {
    const reader = createInterface({ input: process.stdin, ...(isTerminal ? { output: process.stdout, prompt: "> " } : {}), terminal: isTerminal });
    lines = reader;
    reader.on("line", isTerminal ? takeWhole(reader) : take);
    if (isTerminal) process.stdin.on("keypress", onKey);
    if (isTerminal && obeysEscapes()) process.stdout.write(bracketedPaste.on);
    reader.on("SIGINT", interrupt);
    reader.on("close", () => {
      if (lines !== reader) return;
      isAtEnd = true;
      deliver?.(undefined);
    });
  };
  const clearPrompt = () => {
    if (!isTerminal) return;
    if (!obeysEscapes()) return void process.stdout.write("\n");
    cursorTo(process.stdout, 0);
    clearLine(process.stdout, 0);
  };
  const release = () => {
    const reader = lines;
    lines = undefined;
    reader?.close();
    if (!reader || !isTerminal) return;
    process.stdin.off("keypress", onKey);
    if (obeysEscapes()) process.stdout.write(bracketedPaste.off);
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
        const onAbort = () => {
          clearPrompt();
          finish(undefined);
        };
        deliver = finish;
        signal.addEventListener("abort", onAbort, { once: true });
      });
    },
    note(message) {
      if (deliver) clearPrompt();
      console.error(message);
      if (deliver && isTerminal) lines?.prompt(true);
    },
    release,
    close() {
      release();
      process.stdin.unref?.();
    },
  };
}
