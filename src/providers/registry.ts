import { AIHubError } from "../common/errors";
import { anthropic } from "./anthropic";
import { githubCopilot } from "./githubCopilot";
import { openaiCodex } from "./openaiCodex";
import type { Provider } from "./provider";

/** The providers that one signs in to, in the order in which they are offered. */
export const providers: readonly Provider[] = [anthropic, openaiCodex, githubCopilot];

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

export function findProvider(id: string): Provider | undefined {
  return providers.find((provider) => provider.id === id);
}

/** @throws AIHubError `unknown_provider` */
export function providerById(id: string): Provider {
  const provider = findProvider(id);
  if (!provider) throw new AIHubError("unknown_provider", { provider: id, known: providers.map((each) => each.id) });
  return provider;
}

/** The variables with an OAuth token and with an API key for a provider, also one without sign-in. */
export function environmentVariables(id: string): { token: readonly string[]; key: readonly string[] } {
  const provider = findProvider(id);
  return provider ? { token: provider.tokenVariables, key: provider.keyVariables } : { token: [], key: keyOnly[id] ?? [] };
}

/** Every variable that holds a key of some provider. */
export function allKeyVariables(): string[] {
  const known = providers.flatMap((provider) => [...provider.tokenVariables, ...provider.keyVariables]);
  return [...known, ...Object.values(keyOnly).flat()];
}
