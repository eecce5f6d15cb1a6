/**
 * Models to offer for a new agent, best first: the current ones of each line, by the names that Pi knows them by.
 * Pi's own table has them all, but is too large to load for a list.
 */
const suggested: Readonly<Record<string, readonly string[]>> = {
  anthropic: ["claude-sonnet-4-6", "claude-opus-4-7", "claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-6"],
  "openai-codex": ["gpt-5.5", "gpt-5.4", "gpt-5.4-mini", "gpt-5.3-codex", "gpt-5.2"],
  "github-copilot": ["claude-sonnet-4.6", "gpt-5.5", "gpt-5-mini", "claude-opus-4.7", "gemini-2.5-pro", "gpt-4o"],
  openai: ["gpt-5.5", "gpt-5.4", "gpt-5.4-mini", "gpt-5.3-codex"],
  google: ["gemini-2.5-pro", "gemini-2.5-flash", "gemini-3-pro-preview", "gemini-3-flash-preview"],
  openrouter: ["anthropic/claude-sonnet-4.6", "anthropic/claude-opus-4.7", "deepseek/deepseek-v4-pro"],
  groq: ["openai/gpt-oss-120b", "llama-3.3-70b-versatile", "moonshotai/kimi-k2-instruct-0905"],
  mistral: ["mistral-large-latest", "mistral-medium-latest", "devstral-medium-latest", "codestral-latest"],
  xai: ["grok-4.3", "grok-4", "grok-code-fast-1"],
  deepseek: ["deepseek-v4-pro", "deepseek-v4-flash"],
  cerebras: ["zai-glm-4.7", "gpt-oss-120b", "qwen-3-235b-a22b-instruct-2507"],
};

/** Empty for a provider that is not known here: people then name a model themselves. */
export function suggestedModels(provider: string): readonly string[] {
  return suggested[provider] ?? [];
}
