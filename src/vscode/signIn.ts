import * as vscode from "vscode";
import type { Profile } from "../auth/profiles";
import { withTimeLimit } from "../common/timeLimit";
import type { FlowKind, Provider } from "../providers/provider";
import type { ProfileId } from "../store/profileId";
import { createEditorLoginUi } from "./editorLoginUi";
import { loadAuth, type Services } from "./services";
import { createLinks } from "./signInLinks";

/** In ms. The editor serves one call at a time for each provider: a sign-in that stays would block its menus. */
const hardLimit = 20 * 60_000;

export interface SignInWish {
  profile?: ProfileId;
  /** The only way to try. */
  flow?: FlowKind;
}

/**
 * Signs in with a progress notification that cancels it.
 *
 * @throws AIHubError as `login`; `cancelled` when the person cancelled.
 */
export async function signIn({ store, log }: Services, provider: Provider, wish: SignInWish = {}): Promise<Profile> {
  const { login } = await loadAuth();
  const title = `Signing in to ${provider.name}`;
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, cancellable: true, title }, async (progress, token) => {
    const cancel = new AbortController();
    const listener = token.onCancellationRequested(() => cancel.abort());
    const links = createLinks();
    try {
      const ui = createEditorLoginUi(progress, links);
      const options = { provider, store, ui, ...wish, preferredFlow: preferredFlow() };
      const signedIn = await withTimeLimit(cancel.signal, hardLimit, (signal) => login({ ...options, signal }));
      log.info(`Signed in: ${signedIn.id}.`);
      return signedIn;
    } finally {
      links.dispose();
      listener.dispose();
    }
  });
}

function preferredFlow(): FlowKind | undefined {
  const setting = vscode.workspace.getConfiguration("aihub").get<FlowKind | "auto">("login.preferredFlow", "auto");
  return setting === "auto" ? undefined : setting;
}
