import type * as vscode from "vscode";

/*
 * What AIHub offers to other extensions: `vscode.extensions.getExtension<AIHubApi>("aihub.aihub-vscode")?.activate()`.
 * This file imports nothing of AIHub's, so that it can be copied as it is. See docs/api.md.
 */

/** Raised by versions that take something away; what is added leaves it. */
export type ApiVersion = 1;

export interface AIHubApi {
  readonly version: ApiVersion;

  /** Every provider, or one: who is signed in. Quick and offline; no secret is in it. */
  getProviderStatus(provider?: string): Promise<ProviderStatus[]>;

  /**
   * Begins a sign-in and tells the first thing that the person has to do. Nothing is opened: that is yours to do.
   * A sign-in that nobody completes ends by itself, within 5 minutes (15 with a device code).
   */
  startLogin(options: StartLoginOptions): Promise<StartedLogin>;

  /**
   * Waits until the sign-in is done, or needs something else of the person. It may be called again while it waits: both
   * calls then give the step that comes.
   */
  completeLogin(options: CompleteLoginOptions): Promise<LoginStep>;

  /** Signs a profile out, here and at the vendor, once the person has agreed to that. */
  disconnect(options: { extension: CallingExtension; profileId: string }): Promise<void>;

  /**
   * A key for the next request to a provider, renewed if it was due. Ask anew before every request; do not keep it.
   * The person is asked once for each extension and provider, and can change it with “AIHub: Manage Extension Access”.
   */
  getActiveApiKey(options: ActiveApiKeyOptions): Promise<ActiveApiKey>;
}

/**
 * Who is calling: your `context.extension`. VS Code does not tell an extension who uses its exports, so this is taken
 * from you, and compared with what is installed.
 */
export type CallingExtension = Pick<vscode.Extension<unknown>, "id" | "extensionPath">;

export interface ProviderStatus {
  /** `anthropic`, `openai-codex`, `github-copilot` */
  id: string;
  label: string;
  /** The account that is used where none is named comes first. */
  profiles: ProfileInfo[];
}

export interface ProfileInfo {
  /** `anthropic:default` */
  id: string;
  provider: string;
  type: "oauth" | "api_key";
  /** For people: an address, a login name. */
  label: string;
  status: "connected" | "expired" | "sign-in-again" | "not-connected";
  /** ms since the epoch; `null` where nothing expires. */
  expires: number | null;
}

export interface StartLoginOptions {
  extension: CallingExtension;
  provider: string;
  /** Sign in on this profile, unless the account turns out to be another one. */
  profileId?: string;
  /** Ends the sign-in. */
  token?: vscode.CancellationToken;
}

export interface StartedLogin {
  /** For `completeLogin`. */
  loginId: string;
  step: LoginStep;
}

export interface CompleteLoginOptions {
  loginId: string;
  /** Answers the last step. */
  answer?: string;
  /** Goes the other way that the last step offered. */
  anotherWay?: boolean;
}

/** `anotherWay`: what to offer to a person who has trouble with a step, for example a device code or an enterprise's domain. */
export type LoginStep =
  /** The person authorizes at `url`. It may come back by itself; else what the page shows is the answer. */
  | { kind: "browser"; url: string; anotherWay?: string }
  /** The person enters the code on the page. `expires`: ms since the epoch. */
  | { kind: "device"; userCode: string; verificationUri: string; expires: number; anotherWay?: string }
  /** `answer` is what the person types. `problem`: why the last answer could not be taken. */
  | { kind: "question"; prompt: string; problem?: string; anotherWay?: string }
  /** `answer` is the id of an option. */
  | { kind: "choice"; prompt: string; options: readonly { id: string; label: string; detail?: string }[]; link?: { label: string; url: string } }
  | { kind: "done"; profile: ProfileInfo };

export interface ActiveApiKeyOptions {
  extension: CallingExtension;
  provider: string;
  /** A certain profile; without it, the one that comes first. */
  profileId?: string;
  /** `oauth`: a sign-in or nothing. `api_key`: an API key or nothing. Not set: as for an agent without `auth.mode`. */
  mode?: "oauth" | "api_key";
}

export interface ActiveApiKey {
  key: string;
  /** Whose it is, for people: an account's label, or the name of an environment variable. */
  account: string;
  profileId?: string;
  /** For people, as in “paid by …”. */
  paidBy: string;
}

/** What every call rejects with: an `Error` whose message is for people. */
export interface AIHubApiError extends Error {
  /** `not_signed_in`, `sign_in_again`, `access_not_allowed`, `unknown_extension`, `unknown_login`, `cancelled`, `offline`, … */
  readonly code: string;
}
