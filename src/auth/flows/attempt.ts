import type { Provider } from "../../providers/provider";
import type { Action, LoginUi } from "../loginUi";

/** One try of one way to sign in. */
export interface Attempt {
  provider: Provider;
  ui: LoginUi;
  /** Aborted when the person cancels the sign-in. */
  signal: AbortSignal;
  /** Aborted when the person goes another way. Counts as long as they are waited for: what the vendor granted is taken. */
  left: AbortSignal;
  anotherWay?: Action;
  /** How long the person has, in ms. */
  timeLimit?: number;
}

/** Aborted when the person is not to be waited for any longer. */
export function whileWaiting({ signal, left }: Attempt): AbortSignal {
  return AbortSignal.any([signal, left]);
}
