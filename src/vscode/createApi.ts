import * as vscode from "vscode";
import { accountOf, payerOf } from "../auth/payer";
import { profileById, profilesOf } from "../auth/profiles";
import { AIHubError } from "../common/errors";
import { providerById, providerName, providers } from "../providers/registry";
import type { AIHubApi } from "./api";
import { createApiLogins } from "./apiLogin";
import { createExtensionAccess, installedExtension } from "./extensionAccess";
import { profileInfo } from "./profileInfo";
import { loadAuth, type Services } from "./services";

/** What other extensions call. */
export function createApi(services: Services, memory: vscode.Memento): AIHubApi {
  const { store, log } = services;
  const access = createExtensionAccess(memory);
  const logins = createApiLogins(services);
  return {
    version: 1,

    async getProviderStatus(id) {
      const snapshot = await store.read();
      const wanted = id === undefined ? providers : [providerById(id)];
      return wanted.map((provider) => ({ id: provider.id, label: provider.label, profiles: profilesOf(provider.id, snapshot).map(profileInfo) }));
    },

    startLogin({ extension, provider, profileId, token }) {
      const { id } = installedExtension(extension);
      log.info(`The extension ${id} begins a sign-in to ${provider}.`);
      return logins.start(providerById(provider), profileId, token);
    },

    completeLogin: (options) => logins.complete(options),

    async disconnect({ extension, profileId }) {
      const { name } = installedExtension(extension);
      const profile = profileById(profileId, await store.read());
      const provider = providerName(profile.provider);
      const signOut = "Sign Out";
      const question = `The extension “${name}” wants to sign out ${profile.label} (${provider}).`;
      const detail = "Every agent on this machine loses this sign-in.";
      if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, signOut)) !== signOut) throw new AIHubError("cancelled");
      await (await loadAuth()).logout(store, profile.id, log);
    },

    async getActiveApiKey({ extension, provider, profileId, mode }) {
      await access.ask(installedExtension(extension), provider);
      const { resolveApiKeyForProvider } = await loadAuth();
      const { key, source } = await resolveApiKeyForProvider({ store, provider, config: { mode }, profileId, logger: log });
      const profile = source.kind === "profile" ? source.profile : undefined;
      return { key, account: accountOf(source), paidBy: payerOf(provider, source), ...(profile && { profileId: profile.id }) };
    },
  };
}

/** “AIHub: Manage Extension Access” */
export function manageExtensionAccess(memory: vscode.Memento): Promise<void> {
  return createExtensionAccess(memory).manage();
}
