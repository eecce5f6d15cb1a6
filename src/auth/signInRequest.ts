import type { Provider } from "../providers/provider";
import type { CredentialStore } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";
import type { LoginUi } from "./loginUi";

/** What every step of a sign-in knows of it. */
export interface SignInRequest {
  provider: Provider;
  store: CredentialStore;
  ui: LoginUi;
  /** Aborted when the person cancels the sign-in. */
  signal: AbortSignal;
  /** Sign in on this profile, unless it turns out to be another account's. Without it, the account chooses. */
  profile?: ProfileId;
  /** How long the person has for each way and each question, in ms: 5 minutes, and 15 for a device code. */
  timeLimit?: number;
}
