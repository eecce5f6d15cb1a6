import { join } from "node:path";
import type { GatewayAgent } from "./config";

/** What the gateway streams of a run, as its `StreamEvent` is declared. */
export type StreamEvent =
  | { type: "text" | "thinking"; data: string }
  | { type: "tool_call"; id: string; name: string; arguments: unknown }
  | { type: "done"; meta: { durationMs: number; aborted?: boolean } }
  | { type: "error"; message: string };

/**
 * One run: credentials are read afresh with Pi's own `AuthStorage`, which is what the gateway uses. So its locks, its
 * retries, its refresh after `expires` and its rewriting in place are the real ones.
 */
export async function runAgent(home: string, agent: GatewayAgent, message: string, emit: (event: StreamEvent) => void, signal: AbortSignal): Promise<string> {
  const { AuthStorage, ModelRegistry } = await import("@mariozechner/pi-coding-agent");
  const { streamSimple } = await import("@mariozechner/pi-ai");
  const started = Date.now();
  const [own, name] = agent.model.model.includes("/") ? (agent.model.model.split("/") as [string, string]) : [undefined, agent.model.model];
  const provider = agent.model.provider ?? own ?? "";
  const registry = ModelRegistry.create(AuthStorage.create(join(home, "auth.json")), join(home, "models.json"));
  const model = registry.find(provider, name);
  if (!model) throw new Error(`Unknown model ${provider}/${name}`);
  const auth = await registry.getApiKeyAndHeaders(model);
  if (!auth.ok || !auth.apiKey) throw new Error(`No credentials for ${provider}. Run 'aihub auth login'`);
  const context = { messages: [{ role: "user" as const, content: message, timestamp: started }] };
  let text = "";
  for await (const event of streamSimple(model, context, { apiKey: auth.apiKey, headers: auth.headers, signal })) {
    if (event.type === "text_delta") {
      text += event.delta;
      emit({ type: "text", data: event.delta });
    }
    if (event.type === "thinking_delta") emit({ type: "thinking", data: event.delta });
    if (event.type === "toolcall_end") emit({ type: "tool_call", id: event.toolCall.id, name: event.toolCall.name, arguments: event.toolCall.arguments });
    if (event.type === "error" && !signal.aborted) throw new Error(event.error.errorMessage ?? "The request failed");
  }
  emit({ type: "done", meta: { durationMs: Date.now() - started, ...(signal.aborted ? { aborted: true } : {}) } });
  return text;
}

/** What is loaded before the first run, so that its time is a run's. */
export async function warmUp(): Promise<void> {
  await import("@mariozechner/pi-coding-agent");
}
