/** A sign-in that waits for the person to type or paste something. */
export interface Question {
  title: string;
  prompt: string;
  placeholder?: string;
  /** Why the last answer could not be taken. */
  problem?: string;
}

export interface DeviceCode {
  /** The vendor, for the text around the code. */
  provider: string;
  userCode: string;
  verificationUri: string;
  /** ms since the epoch. */
  expiresAt: number;
}

/**
 * All that a flow sees of the person. The editor and the command line each implement it.
 * Every call that waits ends when `signal` is aborted.
 */
export interface LoginUi {
  /** The address under which the person's browser reaches a loopback address of this machine. */
  externalUri(uri: string): Promise<string>;
  /** Opens the person's browser, or shows the address where that is not possible. */
  openBrowser(url: string): Promise<void>;
  /** `undefined` when the person closed the question; the sign-in goes on without an answer. */
  ask(question: Question, signal: AbortSignal): Promise<string | undefined>;
  showDeviceCode(code: DeviceCode, signal: AbortSignal): Promise<void>;
  progress(message: string): void;
}
