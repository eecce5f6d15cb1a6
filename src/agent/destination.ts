import type { Api, Model } from "@mariozechner/pi-ai";
import type { ModelRegistry } from "@mariozechner/pi-coding-agent";
import type { KeySource } from "../auth/resolve";
import { findProvider } from "../providers/registry";
import type { AgentKeys } from "./keys";

/**
 * Where models are served by their vendor, by `<provider>/<id>`, as it was before any was sent elsewhere: registries of
 * several sessions share their models, and when Pi shortens a conversation, it asks with the registry's own.
 */
const vendorUrls = new Map<string, string>();
const keysOfRequests = new WeakMap<Model<Api>, string>();

/** The key that the last request with this very model object was given. */
export function keyOf(model: Model<Api>): string {
  return keysOfRequests.get(model) ?? "";
}

/**
 * Sends each request to where its key belongs: a proxy, a host that stands in the token, or the vendor. Pi asks for
 * a key with the very model object that it then sends the request with: the two are always of one source, also when
 * an agent's mode is changed while it runs.
 */
export function directRequests(registry: ModelRegistry, keys: AgentKeys): void {
  for (const model of registry.getAll()) vendorUrlOf(model);
  const ask = registry.getApiKeyAndHeaders.bind(registry);
  registry.getApiKeyAndHeaders = async (model) => {
    const answer = await ask(model);
    // Pi makes a text of an error; what it says to programs would be lost.
    if (!answer.ok) throw keys.lastError() ?? new Error(answer.error);
    const key = answer.apiKey ?? "";
    keysOfRequests.set(model, key);
    model.baseUrl = baseUrlOf(model.provider, key, keys.sourceOf(key)) ?? vendorUrlOf(model);
    return answer;
  };
}

function vendorUrlOf({ provider, id, baseUrl }: Model<Api>): string {
  const name = `${provider}/${id}`;
  const url = vendorUrls.get(name) ?? baseUrl;
  vendorUrls.set(name, url);
  return url;
}

function baseUrlOf(provider: string, key: string, source: KeySource | undefined): string | undefined {
  if (source?.kind === "proxy") return source.baseUrl;
  const enterpriseUrl = source?.kind === "profile" ? source.enterpriseUrl : undefined;
  return findProvider(provider)?.modelBaseUrl?.(key, enterpriseUrl);
}
