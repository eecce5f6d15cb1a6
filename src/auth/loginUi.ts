/** Where the person and their browser are, as far as the editor or the terminal can tell. */
export interface LoginEnvironment {
  /** How the person sees this: a desktop editor, an editor in a browser, or a terminal. */
  uiKind: "desktop" | "web" | "terminal";
  /** The kind of machine that this runs on when it is not the person's own: `vscode.env.remoteName`, or "ssh". */
  remoteName?: string;
  /** The host name under which the person's browser reaches an editor that runs in it. */
  editorHost?: string;
}

/** Something that the person may do beside what is asked. */
export interface Action {
  label: string;
  run(): void;
}

/** A sign-in that waits for the person to type or paste something. */
export interface Question {
  title: string;
  prompt: string;
  placeholder?: string;
  /** An answer to begin with. */
  value?: string;
  /** Why the last answer could not be taken. */
  problem?: string;
  /** The next way to sign in, for who has trouble with this one. */
  anotherWay?: Action;
}

export interface Choice<T extends string> {
  title: string;
  prompt: string;
  options: readonly { id: T; label: string; detail?: string }[];
  /** A page to read before choosing. */
  link?: { label: string; url: string };
  /** What counts where nobody is there to be asked, as in a script. It need not be one of the options. */
  unattended?: T;
}

export interface DeviceCode {
  /** The vendor, for the text around the code. */
  provider: string;
  userCode: string;
  verificationUri: string;
  /** ms since the epoch. */
  expiresAt: number;
  /** As in `Question`. */
  anotherWay?: Action;
}

/**
 * All that a flow sees of the person. The editor and the command line each implement it.
 * Every call that waits ends when `signal` is aborted.
 */
export interface LoginUi {
  /** How this place is called where somebody else wants to sign in meanwhile: "Visual Studio Code", "a terminal". */
  readonly place: string;
  /** Whether the way to sign in is chosen beforehand: what is asked and shown here has no room for another one beside it. */
  readonly choosesWayFirst?: boolean;
  /** Whether `progress` offers its actions, so that a question that was closed can be opened again. */
  readonly showsActions?: boolean;
  environment(): Promise<LoginEnvironment>;
  /** The address under which the person's browser reaches a loopback address of this machine. */
  externalUri(uri: string): Promise<string>;
  /** A link for the last page in the browser, back to where the person came from. */
  returnLink?(): Promise<{ uri: string; label: string } | undefined>;
  /** Opens the person's browser, or shows the address where that is not possible. */
  openBrowser(url: string): Promise<void>;
  /** `undefined` when the person closed the question; the sign-in goes on without an answer. */
  ask(question: Question, signal: AbortSignal): Promise<string | undefined>;
  /** One of the options; `undefined` when the person chose none. */
  choose<T extends string>(choice: Choice<T>, signal: AbortSignal): Promise<T | undefined>;
  showDeviceCode(code: DeviceCode, signal: AbortSignal): Promise<void>;
  /** Tells something that the person should know after the sign-in too. */
  inform(message: string): void;
  /** Says what the sign-in waits for, and what can be done meanwhile. */
  progress(message: string, actions?: readonly Action[]): void;
}
