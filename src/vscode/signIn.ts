import * as vscode from "vscode";
import type { Profile } from "../auth/profiles";
import type { Provider } from "../providers/provider";
import type { ProfileId } from "../store/profileId";
import { createEditorLoginUi } from "./editorLoginUi";
import { loadAuth, type Services } from "./services";

/** In ms. The editor serves one call at a time for each provider: a sign-in that stays would block its menus. */
const hardLimit = 20 * 60_000;

/**
 * Signs in with a progress notification that cancels it.
 *
 * @throws AIHubError as `login`; `cancelled` when the person cancelled.
 */
export async function signIn({ store, log }: Services, provider: Provider, profile?: ProfileId): Promise<Profile> {
  const { login } = await loadAuth();
  const title = `Signing in to ${provider.name}`;
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, cancellable: true, title }, async (progress, token) => {
    const cancel = new AbortController();
    const listener = token.onCancellationRequested(() => cancel.abort());
    try {
      const signal = AbortSignal.any([cancel.signal, AbortSignal.timeout(hardLimit)]);
      const signedIn = await login({ provider, store, ui: createEditorLoginUi(progress), signal, profile });
      log.info(`Signed in: ${signedIn.id}.`);
      return signedIn;
    } finally {
      listener.dispose();
    }
  });
}
