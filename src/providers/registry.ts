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

/** Variables with keys of providers that Pi knows as well and this project does not offer. */
const furtherKeys = [
  "AI_GATEWAY_API_KEY", "AWS_BEARER_TOKEN_BEDROCK", "AZURE_OPENAI_API_KEY", "CLOUDFLARE_API_KEY", "FIREWORKS_API_KEY", "GOOGLE_CLOUD_API_KEY", "HF_TOKEN",
  "KIMI_API_KEY", "MINIMAX_API_KEY", "MINIMAX_CN_API_KEY", "MOONSHOT_API_KEY", "OPENCODE_API_KEY", "XIAOMI_API_KEY", "XIAOMI_TOKEN_PLAN_AMS_API_KEY",
  "XIAOMI_TOKEN_PLAN_CN_API_KEY", "XIAOMI_TOKEN_PLAN_SGP_API_KEY", "ZAI_API_KEY",
];

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

/** Why a provider without a sign-in cannot do what needs one. */
export function noSignIn(id: string): AIHubError {
  return new AIHubError("no_sign_in", { provider: id, known: providers.map((each) => each.id) });
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
  const known = providers.flatMap(({ tokenVariables, keyVariables, otherVariables = [] }) => [...tokenVariables, ...keyVariables, ...otherVariables]);
  return [...known, ...Object.values(keyOnly).flat(), ...furtherKeys, ...allProxies().map(({ token }) => token)];
}

/** Every variable by which a program may find a key of some provider, or a server to send one to. */
export function allProviderVariables(): string[] {
  return [...allKeyVariables(), ...allProxies().map(({ baseUrl }) => baseUrl)];
}

function allProxies(): ProxyVariables[] {
  return [...providers.map(({ proxyVariables }) => proxyVariables), ...Object.values(keyOnlyProxy)].filter((proxy) => proxy !== undefined);
}
