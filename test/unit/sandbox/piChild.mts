// Runs one of Pi's own clients, unmodified, in the sandbox's environment. The task comes as JSON on stdin.
import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import { getModel, streamSimple } from "@mariozechner/pi-ai";
import type { Context, KnownProvider } from "@mariozechner/pi-ai";
import { loginGitHubCopilot, refreshAnthropicToken, refreshOpenAICodexToken } from "@mariozechner/pi-ai/oauth";
import { EnvHttpProxyAgent, fetch, setGlobalDispatcher, WebSocket } from "undici";
import type { PiTask } from "./pi";

setGlobalDispatcher(new EnvHttpProxyAgent());
// As in newer Node versions, so that Codex tries its WebSocket first.
Object.assign(globalThis, { WebSocket });

async function run(task: PiTask): Promise<unknown> {
  switch (task.do) {
    case "refresh-anthropic":
      return refreshAnthropicToken(task.refresh);
    case "refresh-openai":
      return refreshOpenAICodexToken(task.refresh);
    case "login-copilot":
      return loginGitHubCopilot({
        onPrompt: () => Promise.resolve(task.domain),
        onAuth: (url, instructions = "") => {
          const user_code = instructions.split(": ")[1] ?? "";
          void fetch(url, { method: "POST", body: new URLSearchParams({ user_code, decision: "authorize" }) });
        },
      });
    case "stream":
      return Promise.all(task.texts.map((said) => converse(task, said)));
  }
}

/** One conversation, until the model has no more tool to call; each turn as Pi understood it. */
async function converse(task: Extract<PiTask, { do: "stream" }>, said: string): Promise<unknown> {
  // getModel is typed for literals only.
  const known = getModel(task.provider as KnownProvider, task.model as never) as Parameters<typeof streamSimple>[0];
  const model = task.baseUrl ? { ...known, baseUrl: task.baseUrl } : known;
  const context: Context = {
    systemPrompt: "Be brief.",
    messages: [{ role: "user", content: said, timestamp: Date.now() }],
    tools: [
      {
        name: "bash",
        description: "Runs a command.",
        parameters: { type: "object", properties: { command: { type: "string" } }, required: ["command"] },
      },
    ],
  };
  const sessionId = randomUUID();
  const turns = [];
  for (;;) {
    let deltas = 0;
    const events = streamSimple(model, context, { apiKey: task.apiKey, sessionId });
    for await (const event of events) {
      deltas += event.type === "text_delta" || event.type === "toolcall_delta" ? 1 : 0;
    }
    const message = await events.result();
    context.messages.push(message);
    turns.push({ deltas, stopReason: message.stopReason, error: message.errorMessage, content: message.content, usage: message.usage });
    const call = message.content.find((block) => block.type === "toolCall");
    if (!call) {
      return turns;
    }
    const result = { type: "text" as const, text: `ran ${String(call.arguments["command"])}` };
    const { id: toolCallId, name: toolName } = call;
    context.messages.push({ role: "toolResult", toolCallId, toolName, content: [result], isError: false, timestamp: Date.now() });
  }
}

const task = JSON.parse(await text(process.stdin)) as PiTask;
process.stdout.write(JSON.stringify(await run(task)));
process.exit(0);
