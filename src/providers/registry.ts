import { AIHubError } from "../common/errors";
import { anthropic } from "./anthropic";
import { githubCopilot } from "./githubCopilot";
import { openaiCodex } from "./openaiCodex";
import type { Provider, ProxyVariables } from "./provider";

/** The providers that one signs in to, in the order in which they are offered. */
export const providers: readonly Provider[] = [anthropic, openaiCodex, githubCopilot];

/** Whose protocol the Claude SDK speaks, whatever server it is sent to. */
export const claudeSdkProvider = anthropic.id;

/** Providers that take only an API key, with its variables (the names Pi reads). */
const keyOnly: Readonly<Record<string, readonly string[]>> = {
  openai: ["OPENAI_API_KEY"],
  google: ["GEMINI_API_KEY"],
  openrouter: ["OPENROUTER_API_KEY"],
  groq: ["GROQ_API_KEY"],
  mistral: ["MISTRAL_API_KEY"],
  xai: ["XAI_API_KEY"],
  deepseek: ["DEEPSEEK_API_KEY"],
  cerebras: ["CEREBRAS_API_KEY"],
};

/** The ids of providers without a sign-in, in the order in which they are offered. */
export const keyOnlyProviders: readonly string[] = Object.keys(keyOnly);
/** Keys of providers that Pi knows as well and this project does not offer. */
const furtherKeys = ["AI_GATEWAY_API_KEY", "AZURE_OPENAI_API_KEY", "FIREWORKS_API_KEY", "KIMI_API_KEY", "MINIMAX_API_KEY", "MOONSHOT_API_KEY", "OPENCODE_API_KEY", "ZAI_API_KEY"];

/** Variables that send a provider's clients to another server, where there are such. */
const keyOnlyProxy: Readonly<Record<string, ProxyVariables>> = { openai: { baseUrl: "OPENAI_BASE_URL", token: "OPENAI_API_KEY" } };

export function findProvider(id: string): Provider | undefined {
  return providers.find((provider) => provider.id === id);
}

/** For sentences: a provider that is not known goes by its id. */
export function providerName(id: string): string {
  return findProvider(id)?.name ?? id;
}

/** @throws AIHubError `unknown_provider` */
export function providerById(id: string): Provider {
  const provider = findProvider(id);
  if (!provider) throw new AIHubError("unknown_provider", { provider: id, known: providers.map((each) => each.id) });
  return provider;
}

export interface EnvironmentVariables {
  token: readonly string[];
  key: readonly string[];
  proxy?: ProxyVariables;
}

/** The variables with an OAuth token, with an API key, and with a proxy for a provider, also one without sign-in. */
export function environmentVariables(id: string): EnvironmentVariables {
  const provider = findProvider(id);
  if (!provider) return { token: [], key: keyOnly[id] ?? [], proxy: keyOnlyProxy[id] };
  return { token: provider.tokenVariables, key: provider.keyVariables, proxy: provider.proxyVariables };
}

/** Every variable that holds a key of some provider. */
export function allKeyVariables(): string[] {
  const known = providers.flatMap((provider) => [...provider.tokenVariables, ...provider.keyVariables]);
  return [...known, ...Object.values(keyOnly).flat()];
}

/** Every variable by which a program may find a key of some provider, or a server to send one to. */
export function allProviderVariables(): string[] {
  const proxies = [...providers.map(({ proxyVariables }) => proxyVariables), ...Object.values(keyOnlyProxy)];
  const others = providers.flatMap(({ otherVariables = [] }) => otherVariables);
  return [...allKeyVariables(), ...furtherKeys, ...others, ...proxies.flatMap((proxy) => (proxy ? [proxy.baseUrl, proxy.token] : []))];
}
