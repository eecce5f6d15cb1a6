import { AIHubError, isAIHubError } from "../common/errors";
import type { Flow, Provider, TokenReply } from "../providers/provider";
import type { CredentialStore } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";
import { chooseProfile, connect, nameForUnknown } from "./chooseProfile";
import { credentialOfSignIn } from "./credential";
import { signInByDeviceCode } from "./flows/deviceFlow";
import { signInByHostedPage, signInByLoopback } from "./flows/redirectFlow";
import type { LoginUi } from "./loginUi";
import { profileById, type Profile } from "./profiles";

export interface LoginOptions {
  provider: Provider;
  store: CredentialStore;
  ui: LoginUi;
  signal: AbortSignal;
  /** Sign in on this profile, unless it turns out to be another account's. Without it, the account chooses. */
  profile?: ProfileId;
}

/**
 * Signs in, by the first of the provider's ways that works from here, and stores the credential.
 *
 * @returns the profile that is connected now.
 * @throws AIHubError `cancelled`, `login_timed_out`, `access_denied`, … ; nothing is stored then.
 */
export async function login(options: LoginOptions): Promise<Profile> {
  const { provider, ui, signal } = options;
  let obstacle = new AIHubError("no_flow", { provider: provider.name });
  for (const flow of provider.flows) {
    if (signal.aborted) throw new AIHubError("cancelled");
    try {
      const profile = await loginBy(flow, options);
      if (profile) return profile;
    } catch (error) {
      // A taken port closes this way only; what the person or the vendor decided ends the sign-in.
      if (!isAIHubError(error, "ports_in_use")) throw error;
      ui.progress(error.message);
      obstacle = error;
    }
  }
  throw obstacle;
}

async function loginBy(flow: Flow, options: LoginOptions): Promise<Profile | undefined> {
  const { provider, ui, signal } = options;
  const complete = (reply: TokenReply) => storeSignIn(options, reply);
  switch (flow.kind) {
    case "loopback":
      return signInByLoopback(flow, { provider, ui, signal, complete });
    case "hosted":
      return signInByHostedPage(flow, { provider, ui, signal, complete });
    case "device":
      return complete(await signInByDeviceCode(provider, flow, ui, signal));
  }
}

async function storeSignIn({ provider, store, ui, signal, profile }: LoginOptions, reply: TokenReply): Promise<Profile> {
  const { credential, account } = await credentialOfSignIn(provider, reply, signal);
  const name = account.label === undefined && profile === undefined ? await nameForUnknown(provider, store, ui, signal) : undefined;
  const id = await store.update((draft) => {
    const chosen = chooseProfile(draft, provider, account, profile, name);
    connect(draft, chosen, credential, account.label ?? name);
    return chosen;
  });
  return profileById(id, await store.read());
}
