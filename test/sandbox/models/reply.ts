import type { Exchange } from "../exchange";

/** What the sandbox's model needs to know of a conversation, whatever the format. */
export interface Turn {
  model: string;
  /** The last thing the person said. */
  userText: string;
  /** The tool's output, if the conversation ends with one. */
  toolResult?: string;
  /** Names of the tools on offer. */
  tools: readonly string[];
}

/** What the model does: speak, or call a tool, before which it may speak (in Anthropic's format). */
export type Answer = { text: string } | { saying?: string; tool: string; input: Record<string, unknown> };

/** What the model answers: deterministic, so that tests can tell who was asked what. */
export function answerTo(turn: Turn, account: string, reply: string | undefined): Answer {
  if (turn.toolResult !== undefined) {
    return { text: `The tool said: ${turn.toolResult}` };
  }
  const call = callIn(turn.userText);
  const tool = turn.tools.find((name) => name.toLowerCase() === call?.tool);
  if (call && tool) {
    const saying = /say:(.+?) (?:tool|call):/.exec(turn.userText)?.[1];
    return { tool, input: call.input, ...(saying !== undefined && { saying }) };
  }
  return { text: reply ?? `Hello from ${turn.model}, ${account}. You said: ${turn.userText.slice(0, 200)}` };
}

/** What the person asks for: `tool:<shell command>`, or `call:<tool> <input as JSON>`, after `say:<words>`. */
function callIn(userText: string): { tool: string; input: Record<string, unknown> } | undefined {
  const [, tool, input] = /call:(\w+) (\{.*\})/.exec(userText) ?? [];
  if (tool && input) {
    return { tool, input: JSON.parse(input) as Record<string, unknown> };
  }
  const command = /tool:(.+)/.exec(userText)?.[1]?.trim();
  return command ? { tool: "bash", input: { command } } : undefined;
}

/** A text in the pieces it is streamed in. */
export function pieces(text: string): string[] {
  return text.match(/[^]{1,16}/gu) ?? [];
}

/** All text inside a message's content, whatever its nesting. */
export function textOf(content: unknown): string {
  if (typeof content === "string") {
    return content;
  }
  if (Array.isArray(content)) {
    return content.map(textOf).filter(Boolean).join("\n");
  }
  if (typeof content === "object" && content !== null) {
    return "text" in content ? textOf(content.text) : "content" in content ? textOf(content.content) : "";
  }
  return "";
}

/** A believable token count, for usage. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** Token counts of a turn. */
export function usageOf(exchange: Exchange, answer: Answer): { input: number; output: number } {
  return {
    input: countTokens(exchange.body),
    output: countTokens("text" in answer ? answer.text : JSON.stringify(answer.input)),
  };
}
