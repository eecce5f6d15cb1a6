import { clockTime } from "../common/clockTime";
import type { Disposable } from "../common/disposable";
import type { Action, LoginUi } from "../auth/loginUi";
import { terminalEnvironment } from "../auth/terminalEnvironment";
import { createLineReader } from "./lineReader";
import { chooseInTerminal } from "./terminalChoice";

/** What is typed for another way to sign in. No code and no address looks like it. */
const another = "?";

export interface TerminalLogin {
  opensBrowser: boolean;
  /** The person does not want to go on. */
  onCancel: () => void;
}

/** The person at a terminal. The address is always printed: a browser may be on another machine. */
export function createTerminalLoginUi({ opensBrowser, onCancel }: TerminalLogin): LoginUi & Disposable {
  const input = createLineReader();

  /** A line, unless it asks for another way. */
  async function line(anotherWay: Action | undefined, signal: AbortSignal): Promise<string | undefined> {
    const text = await input.next(signal);
    if (text?.trim() !== another || !anotherWay) return text;
    anotherWay.run();
    return undefined;
  }

  return {
    place: "a terminal",
    environment: () => Promise.resolve(terminalEnvironment(process.env)),
    // A terminal's machine is where its browser is; where it is not, what the browser shows is pasted.
    externalUri: (uri) => Promise.resolve(uri),
    async openBrowser(url) {
      console.log(`Open this address in a browser:\n\n  ${url}\n`);
      if (opensBrowser) await openInBrowser(url);
    },
    async ask({ prompt, problem, anotherWay }, signal) {
      if (problem) console.error(problem);
      console.log(prompt);
      hint(anotherWay);
      for (;;) {
        const text = await line(anotherWay, signal);
        // Enter alone is no answer.
        if (text?.trim() !== "") return text;
      }
    },
    choose: (choice, signal) => chooseInTerminal(choice, input, signal, onCancel),
    async showDeviceCode({ userCode, verificationUri, expiresAt, anotherWay }, signal) {
      console.log(`Open ${verificationUri} in a browser and enter the code, until ${clockTime(expiresAt)}:\n\n  ${userCode}\n`);
      hint(anotherWay);
      if (opensBrowser) await openInBrowser(verificationUri);
      if (anotherWay) while ((await line(anotherWay, signal)) !== undefined) hint(anotherWay);
    },
    inform: (message) => input.note(message),
    progress: (message) => input.note(message),
    dispose: () => input.close(),
  };
}

function hint(anotherWay: Action | undefined): void {
  if (anotherWay) console.log(`${anotherWay.label} (enter ${another}).`);
}

/** A machine without a browser is no error: the address stands there to be opened elsewhere. */
async function openInBrowser(url: string): Promise<void> {
  const { default: open } = await import("open");
  const child = await open(url).catch(() => undefined);
  child?.on("error", () => {});
}
