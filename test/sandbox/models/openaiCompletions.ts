import { z } from "zod";
import type { Exchange, ServerEvent } from "../exchange";
import { jsonBody, sendEvents, upToFault } from "../exchange";
import { randomToken } from "../tokens";
import type { Answer, Turn } from "./reply";
import { answerTo, pieces, textOf, usageOf } from "./reply";

const bodySchema = z.object({
  model: z.string().min(1),
  stream: z.literal(true, "The sandbox only streams."),
  messages: z.array(z.object({ role: z.string(), content: z.unknown() })).min(1),
  tools: z.array(z.object({ function: z.object({ name: z.string() }) })).optional(),
});

/** Reads a request in OpenAI's Chat Completions format; a string says what is wrong with it. */
export function parseCompletions(exchange: Exchange): Turn | string {
  const parsed = bodySchema.safeParse(jsonBody(exchange));
  if (!parsed.success) {
    return z.prettifyError(parsed.error);
  }
  const { model, messages, tools } = parsed.data;
  const results = messages.slice(messages.findLastIndex(({ role }) => role !== "tool") + 1);
  return {
    model,
    userText: textOf(messages.findLast(({ role }) => role === "user")?.content),
    ...(results.length > 0 ? { toolResult: textOf(results) } : {}),
    tools: tools?.map((tool) => tool.function.name) ?? [],
  };
}

/** Streams the answer as https://platform.openai.com/docs/api-reference/chat-streaming says. */
export async function streamCompletions(
  exchange: Exchange,
  request: Turn,
  account: string,
  reply: string | undefined,
): Promise<void> {
  const answer = answerTo(request, account, reply);
  const streamed = chunks(request.model, answer, usageOf(exchange, answer), exchange.turn?.kind === "refusal");
  await sendEvents(exchange, upToFault(exchange, streamed, (code, message) => ({ data: { error: { message, type: code, param: null, code } } })));
}

function* chunks(model: string, answer: Answer, usage: { input: number; output: number }, isRefused: boolean): Iterable<ServerEvent> {
  const common = {
    id: randomToken("chatcmpl-", 12),
    object: "chat.completion.chunk",
    created: Math.floor(Date.now() / 1000),
    model,
  };
  const chunk = (delta: object, finish_reason: string | null = null): ServerEvent => ({
    data: { ...common, choices: [{ index: 0, delta, finish_reason }] },
  });
  yield chunk({ role: "assistant", content: null });
  if (isRefused) {
    yield chunk({}, "content_filter");
  } else if ("text" in answer) {
    for (const piece of pieces(answer.text)) {
      yield chunk({ content: piece });
    }
    yield chunk({}, "stop");
  } else {
    const call = { index: 0, id: randomToken("call_", 12), type: "function" };
    yield chunk({ tool_calls: [{ ...call, function: { name: answer.tool, arguments: "" } }] });
    for (const piece of pieces(JSON.stringify(answer.input))) {
      yield chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] });
    }
    yield chunk({}, "tool_calls");
  }
  const { input, output } = usage;
  const counts = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  yield { data: { ...common, choices: [], usage: counts } };
  yield { data: "[DONE]" };
}
