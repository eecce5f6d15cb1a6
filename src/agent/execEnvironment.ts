import { AIHubError } from "../common/errors";
import type { ResolvedKey } from "../auth/resolve";
import { allProviderVariables, environmentVariables, providerName } from "../providers/registry";

/**
 * The environment for a program that reads its key from there: what `given` holds, with the variables of this key and
 * without any other key of a provider.
 *
 * @throws AIHubError `no_variable_for_key` where the provider's clients know no variable for such a key
 */
export function execEnvironment(provider: string, { key, source }: ResolvedKey, given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = variablesFor(provider, source);
  if (!own) throw new AIHubError("no_variable_for_key", { provider: providerName(provider), reason: kindOf(source) });
  const env = { ...given };
  for (const name of allProviderVariables()) delete env[name];
  env[own.key] = key;
  if (source.kind === "proxy" && own.baseUrl) env[own.baseUrl] = source.baseUrl;
  return env;
}

function variablesFor(provider: string, source: ResolvedKey["source"]): { key: string; baseUrl?: string } | undefined {
  const { token, key, proxy } = environmentVariables(provider);
  if (source.kind === "environment") return { key: source.variable };
  if (source.kind === "proxy") return proxy && { key: proxy.token, baseUrl: proxy.baseUrl };
  const [name] = source.profile.type === "oauth" ? token : key;
  return name === undefined ? undefined : { key: name };
}

function kindOf(source: ResolvedKey["source"]): string {
  if (source.kind === "proxy") return "a proxy";
  return source.kind === "profile" && source.profile.type === "oauth" ? "a sign-in" : "an API key";
}
