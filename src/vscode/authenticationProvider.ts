import * as vscode from "vscode";
import { listProfiles, type Profile } from "../auth/profiles";
import { isAIHubError, messageOf } from "../common/errors";
import type { Provider } from "../providers/provider";
import type { OAuthCredential } from "../store/schema";
import { loadAuth, type Services } from "./services";
import { signIn } from "./signIn";

interface Entry {
  profile: Profile;
  credential: OAuthCredential;
}

/**
 * One model provider among VS Code's accounts. Its sessions are the store's profiles: one account, one session,
 * the profile's id as the session's. Whoever signs in or out, anywhere on the machine, the Accounts menu follows.
 */
export class AccountsProvider implements vscode.AuthenticationProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.AuthenticationProviderAuthenticationSessionsChangeEvent>();
  readonly onDidChangeSessions = this.changed.event;
  private known = new Map<string, vscode.AuthenticationSession>();
  private syncing: Promise<void> = Promise.resolve();

  constructor(
    private readonly provider: Provider,
    private readonly services: Services,
  ) {}

  /** Without scopes the editor asks for its menus: at once and offline. With scopes someone will use the token. */
  async getSessions(scopes: readonly string[] | undefined, { account }: vscode.AuthenticationProviderSessionOptions): Promise<vscode.AuthenticationSession[]> {
    const { entries, sessions: all } = await this.look();
    if (scopes === undefined) return all.filter(({ id }) => !account || account.id === id);
    const asked = entries.filter(({ profile }) => !account || account.id === profile.id);
    const results = await Promise.allSettled(asked.map((entry) => this.freshSession(entry, scopes)));
    const sessions = results.flatMap((result) => (result.status === "fulfilled" && result.value ? [result.value] : []));
    const failure = results.find((result) => result.status === "rejected");
    if (sessions.length === 0 && failure) throw new Error(messageOf(failure.reason));
    return sessions;
  }

  async createSession(scopes: readonly string[], options: vscode.AuthenticationProviderSessionOptions): Promise<vscode.AuthenticationSession> {
    try {
      const profile = await signIn(this.services, this.provider, { profile: options.account?.id });
      await this.sync();
      const entry = (await this.look()).entries.find((each) => each.profile.id === profile.id);
      if (entry) return toSession(entry, scopes);
    } catch (error) {
      if (isAIHubError(error, "cancelled")) throw new vscode.CancellationError();
      throw new Error(messageOf(error), { cause: error });
    }
    throw new vscode.CancellationError();
  }

  async removeSession(id: string): Promise<void> {
    const { logout } = await loadAuth();
    const existed = await logout(this.services.store, id, this.services.log);
    this.services.log.info(existed ? `Signed out: ${id}.` : `There is no session ${id} to remove.`);
    await this.sync();
  }

  /** Compares the store with what the editor was told, by id and content, and tells the difference in one event. */
  sync(): Promise<void> {
    this.syncing = this.syncing.then(() => this.tellDifference()).catch((error: unknown) => {
      // A file that cannot be read for a moment is not a sign-out: what the editor knows stands.
      this.services.log.warn(messageOf(error));
    });
    return this.syncing;
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async tellDifference(): Promise<void> {
    const now = new Map((await this.look()).sessions.map((session) => [session.id, session]));
    const added = [...now.values()].filter(({ id }) => !this.known.has(id));
    const removed = [...this.known.values()].filter(({ id }) => !now.has(id));
    const changed = [...now.values()].filter((session) => {
      const before = this.known.get(session.id);
      return before !== undefined && (before.accessToken !== session.accessToken || before.account.label !== session.account.label);
    });
    this.known = now;
    if (added.length + removed.length + changed.length > 0) this.changed.fire({ added, removed, changed });
  }

  private async look(): Promise<{ entries: Entry[]; sessions: vscode.AuthenticationSession[] }> {
    const snapshot = await this.services.store.read();
    const entries = listProfiles(snapshot).flatMap((profile) => {
      const credential = snapshot.credentials[profile.id];
      return profile.provider === this.provider.id && profile.type === "oauth" && credential ? [{ profile, credential }] : [];
    });
    // An account that cannot be read for a moment is not signed out: what the editor knows of it stands.
    const kept = [...this.known.values()].filter(({ id }) => snapshot.unreadable?.[id] && !snapshot.credentials[id]);
    return { entries, sessions: [...entries.map((entry) => toSession(entry)), ...kept] };
  }

  /** `undefined` for an account that needs a new sign-in: the editor then offers one. */
  private async freshSession({ profile }: Entry, scopes: readonly string[]): Promise<vscode.AuthenticationSession | undefined> {
    const { freshCredential } = await loadAuth();
    try {
      const credential = await freshCredential({ store: this.services.store, profile: profile.id, logger: this.services.log });
      return toSession({ profile, credential }, scopes);
    } catch (error) {
      if (isAIHubError(error, "sign_in_again", "not_signed_in")) return undefined;
      throw error;
    }
  }
}

/** The scopes are the asker's, echoed: the editor finds a session again only by the very scopes it asked for. */
function toSession({ profile, credential }: Entry, scopes: readonly string[] = []): vscode.AuthenticationSession {
  return { id: profile.id, accessToken: credential.access, account: { id: profile.id, label: profile.label }, scopes: [...scopes] };
}
