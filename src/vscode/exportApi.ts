import type * as vscode from "vscode";
import type { AIHubApi } from "./api";
import type { Services } from "./services";

/** What `activate` gives to other extensions: the calls, whose code is loaded with the first one. */
export function exportApi(services: Services, memory: vscode.Memento): AIHubApi {
  let loaded: Promise<AIHubApi> | undefined;
  const api = () => (loaded ??= import("./createApi").then(({ createApi }) => createApi(services, memory)));
  return {
    version: 1,
    getProviderStatus: async (provider) => (await api()).getProviderStatus(provider),
    startLogin: async (options) => (await api()).startLogin(options),
    completeLogin: async (options) => (await api()).completeLogin(options),
    disconnect: async (options) => (await api()).disconnect(options),
    getActiveApiKey: async (options) => (await api()).getActiveApiKey(options),
  };
}
