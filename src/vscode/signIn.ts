import * as vscode from "vscode";
import { inTime } from "../auth/inTime";
import type { Profile } from "../auth/profiles";
import { flowKinds, type FlowKind, type Provider } from "../providers/provider";
import type { ProfileId } from "../store/profileId";
import { createEditorLoginUi } from "./editorLoginUi";
import { settings } from "./ids";
import { loadAuth, type Services } from "./services";
import { createLinks } from "./signInLinks";

/** In ms. The editor serves one call at a time for each provider: a sign-in that stays would block its menus. */
const hardLimit = 20 * 60_000;

export interface SignInWish {
  profile?: ProfileId;
  /** The way to try first, in place of the one that is set. */
  preferredFlow?: FlowKind;
}

/**
 * Signs in with a progress notification that cancels it, and tells what came of it.
 *
 * @throws AIHubError as `login`; `cancelled` when the person cancelled, `login_timed_out` when nobody did.
 */
export async function signIn({ store, log }: Services, provider: Provider, wish: SignInWish = {}): Promise<Profile> {
  const { login } = await loadAuth();
  const title = `Signing in to ${provider.name}`;
  const profile = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, cancellable: true, title }, async (progress, token) => {
    const cancel = new AbortController();
    const listener = token.onCancellationRequested(() => cancel.abort());
    const links = createLinks();
    try {
      const ui = createEditorLoginUi(progress, links);
      const options = { provider, store, ui, preferredFlow: preferredFlow(), ...wish };
      return await inTime(provider, cancel.signal, hardLimit, (signal) => login({ ...options, signal }));
    } finally {
      links.dispose();
      listener.dispose();
    }
  });
  log.info(`Signed in: ${profile.id}.`);
  void vscode.window.showInformationMessage(outcome(provider, profile));
  return profile;
}

/** Also for the Accounts menu, in which an API key has no place: its choice must not look like nothing. */
function outcome(provider: Provider, { id, label, type }: Profile): string {
  if (type === "oauth") return `Signed in to ${provider.name} as ${label}.`;
  return `${id} is there for agents with auth.mode "api_key": ${label}. Set that variable where VS Code is started.`;
}

function preferredFlow(): FlowKind | undefined {
  const value = vscode.workspace.getConfiguration().get<string>(settings.preferredFlow);
  // “auto” names none, as does what nobody knows.
  return flowKinds.find((each) => each === value);
}
