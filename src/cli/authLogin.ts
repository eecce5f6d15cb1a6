import { constants } from "node:os";
import { login } from "../auth/login";
import { listProfiles, statusLabels, statusText } from "../auth/profiles";
import type { Disposable } from "../common/disposable";
import { AIHubError, isAIHubError } from "../common/errors";
import { honourNetworkEnvironment } from "../common/proxy";
import { onFirstSignal } from "../common/signals";
import { providerById, providers } from "../providers/registry";
import type { FlowKind, Provider } from "../providers/provider";
import type { CredentialStore, Snapshot } from "../store/credentialStore";
import { checkProfileName, profileId, providerOf, type ProfileId } from "../store/profileId";
import type { LoginUi } from "../auth/loginUi";
import { openStore } from "./context";
import { createTerminalLoginUi } from "./terminalLoginUi";

export interface LoginArguments {
  browser: boolean;
  profile?: string;
  flow?: FlowKind;
  domain?: string;
}

/** `aihub auth login [provider]` */
export async function authLogin(providerId: string | undefined, { browser, profile, flow, domain }: LoginArguments): Promise<void> {
  const isName = profile !== undefined && !profile.includes(":");
  if (isName) checkProfileName(profile);
  const id = providerId ?? (profile === undefined || isName ? undefined : providerOf(profile));
  const named = id === undefined ? undefined : providerById(id);
  await honourNetworkEnvironment();
  const cancel = new AbortController();
  const listening = cancelOnSignals(cancel);
  const ui = createTerminalLoginUi({ opensBrowser: browser, onCancel: () => cancel.abort() });
  try {
    const store = await openStore();
    const provider = named ?? (await chooseProvider(store, ui, cancel.signal));
    const wanted = profile === undefined ? undefined : wantedProfile(provider, profile);
    const connected = await login({ provider, store, ui, signal: cancel.signal, profile: wanted, flow, domain }).catch((error: unknown) => {
      // Whoever cancels aborts the signal. Else a question was left without an answer.
      throw isAIHubError(error, "cancelled") && !cancel.signal.aborted ? new AIHubError("input_ended", { provider: provider.name }) : error;
    });
    if (connected.type === "oauth") console.log(`Logged in to ${provider.label} as ${connected.label} (${connected.id})`);
    else console.log(`Added ${connected.id} (${connected.label}) for agents with auth.mode "api_key". Set that variable where they run.`);
  } finally {
    ui.dispose();
    listening.dispose();
  }
}

/**
 * Whoever asks this process to end gets it in order: the terminal as it was, no record of a sign-in under way. Ctrl-C is
 * the person's answer; the other signals have exit codes of their own.
 */
function cancelOnSignals(cancel: AbortController): Disposable {
  return onFirstSignal(["SIGINT", "SIGTERM", "SIGHUP"], (signal) => {
    cancel.abort();
    if (signal !== "SIGINT") process.once("exit", () => (process.exitCode = 128 + constants.signals[signal]));
  });
}

/** `work`, or the whole id `anthropic:work`. */
function wantedProfile(provider: Provider, name: string): ProfileId {
  if (!name.includes(":")) return profileId(provider.id, name);
  if (providerOf(name) !== provider.id) throw new AIHubError("profile_of_other_provider", { profile: name, provider: provider.name });
  return profileId(provider.id, name.slice(provider.id.length + 1));
}

/** @throws AIHubError `cancelled` */
async function chooseProvider(store: CredentialStore, ui: LoginUi, signal: AbortSignal): Promise<Provider> {
  const snapshot = await store.read();
  const options = providers.map(({ id, label }) => ({ id, label, detail: statusOf(id, snapshot) }));
  const id = await ui.choose({ title: "Sign in", prompt: "Sign in to which provider?", options }, signal);
  if (id === undefined) throw new AIHubError(signal.aborted ? "cancelled" : "provider_not_named", { known: providers.map((each) => each.id) });
  return providerById(id);
}

function statusOf(provider: string, snapshot: Snapshot): string {
  const profiles = listProfiles(snapshot).filter((each) => each.provider === provider && each.type === "oauth");
  return profiles.map((profile) => `${profile.label}: ${statusText(profile)}`).join(", ") || statusLabels["not-connected"];
}
