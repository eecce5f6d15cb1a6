import { createInterface, type Interface } from "node:readline";
import type { Disposable } from "../common/disposable";
import type { LoginUi } from "../auth/loginUi";

/** The person at a terminal. The address is always printed: a browser may be on another machine. */
export function createTerminalLoginUi({ opensBrowser }: { opensBrowser: boolean }): LoginUi & Disposable {
  const input = createLineReader();
  return {
    // A terminal's machine is where its browser is; where it is not, what the browser shows is pasted.
    externalUri: (uri) => Promise.resolve(uri),
    async openBrowser(url) {
      console.log(`Open this address in a browser:\n\n  ${url}\n`);
      if (opensBrowser) await openInBrowser(url);
    },
    async ask({ prompt, problem }, signal) {
      if (problem) console.error(problem);
      console.log(prompt);
      return input.next(signal);
    },
    async showDeviceCode({ userCode, verificationUri }) {
      console.log(`Open ${verificationUri} in a browser and enter the code:\n\n  ${userCode}\n`);
      if (opensBrowser) await openInBrowser(verificationUri);
    },
    progress: (message) => console.error(message),
    dispose: () => input.close(),
  };
}

/** A machine without a browser is no error: the address stands there to be opened elsewhere. */
async function openInBrowser(url: string): Promise<void> {
  const { default: open } = await import("open");
  const child = await open(url).catch(() => undefined);
  child?.on("error", () => {});
}

/** Lines of standard input, asked for one at a time. Opened at the first question only. */
function createLineReader() {
  let lines: Interface | undefined;
  let isAtEnd = false;
  const waiting: string[] = [];
  let deliver: ((line: string | undefined) => void) | undefined;

  const open = () => {
    lines = createInterface({ input: process.stdin, terminal: false });
    lines.on("line", (line) => {
      if (deliver) deliver(line);
      else waiting.push(line);
    });
    lines.on("close", () => {
      isAtEnd = true;
      deliver?.(undefined);
    });
  };

  return {
    next(signal: AbortSignal): Promise<string | undefined> {
      if (!lines) open();
      const line = waiting.shift();
      if (line !== undefined || isAtEnd || signal.aborted) return Promise.resolve(line);
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
    close() {
      lines?.close();
      process.stdin.unref?.();
    },
  };
}
