import { z } from "zod";
import type { Exchange, ServerEvent } from "../exchange";
import { jsonBody, sendEvents, upToFault } from "../exchange";
import { randomToken } from "../tokens";
import type { Answer, Turn } from "./reply";
import { answerTo, pieces, textOf, usageOf } from "./reply";

const block = z.looseObject({ type: z.string() });
const content = z.union([z.string(), z.array(block)]);

const bodySchema = z.object({
  model: z.string().min(1),
  max_tokens: z.number().int().positive(),
  stream: z.literal(true, "The sandbox only streams."),
  system: content.optional(),
  messages: z.array(z.object({ role: z.enum(["user", "assistant"]), content })).min(1),
  tools: z.array(z.object({ name: z.string() })).optional(),
});

/** A valid `/v1/messages` request. */
export interface MessagesRequest extends Turn {
  /** Text of the first system block. */
  firstSystemText: string;
}

/** Reads a request in Anthropic's Messages format; a string says what is wrong with it. */
export function parseMessages(exchange: Exchange): MessagesRequest | string {
  const parsed = bodySchema.safeParse(jsonBody(exchange));
  if (!parsed.success) {
    return z.prettifyError(parsed.error);
  }
  const { model, system, messages, tools } = parsed.data;
  const last = messages.at(-1);
  if (last?.role !== "user") {
    return "messages: the last message must be the user's";
  }
  const results = Array.isArray(last.content) ? last.content.filter(({ type }) => type === "tool_result") : [];
  return {
    model,
    userText: textOf(last.content),
    ...(results.length > 0 ? { toolResult: textOf(results) } : {}),
    tools: tools?.map(({ name }) => name) ?? [],
    firstSystemText: textOf(Array.isArray(system) ? system[0] : system),
  };
}

/** Streams the answer as https://docs.anthropic.com/en/api/messages-streaming says. */
export async function streamMessages(
  exchange: Exchange,
  request: MessagesRequest,
  account: string,
  reply: string | undefined,
): Promise<void> {
  const answer = answerTo(request, account, reply);
  const streamed = events(request.model, answer, usageOf(exchange, answer), exchange.turn?.kind === "refusal");
  await sendEvents(exchange, named(upToFault(exchange, streamed, (type, message) => ({ type: "error", error: { type, message } }))));
}

type Event = { type: string } & Record<string, unknown>;

function* named(source: Iterable<Event>): Iterable<ServerEvent> {
  for (const data of source) {
    yield { event: data.type, data };
  }
}

function* events(model: string, answer: Answer, usage: { input: number; output: number }, isRefused: boolean): Iterable<Event> {
  const isText = "text" in answer;
  yield {
    type: "message_start",
    message: {
      id: randomToken("msg_", 12),
      type: "message",
      role: "assistant",
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: usage.input, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 },
    },
  };
  if (isRefused) {
    // https://docs.anthropic.com/en/docs/test-and-evaluate/strengthen-guardrails/handle-streaming-refusals
    yield { type: "message_delta", delta: { stop_reason: "refusal", stop_sequence: null }, usage: { output_tokens: 1 } };
    yield { type: "message_stop" };
    return;
  }
  const saying = isText ? answer.text : answer.saying;
  if (saying !== undefined) {
    const deltas = pieces(saying).map((text) => ({ type: "text_delta", text }));
    yield* contentBlock(0, { type: "text", text: "" }, deltas);
  }
  if (!isText) {
    const deltas = pieces(JSON.stringify(answer.input)).map((partial_json) => ({ type: "input_json_delta", partial_json }));
    yield* contentBlock(saying === undefined ? 0 : 1, { type: "tool_use", id: randomToken("toolu_", 12), name: answer.tool, input: {} }, deltas);
  }
  yield {
    type: "message_delta",
    delta: { stop_reason: isText ? "end_turn" : "tool_use", stop_sequence: null },
    usage: { output_tokens: usage.output },
  };
  yield { type: "message_stop" };
}

function* contentBlock(index: number, content_block: object, deltas: readonly object[]): Iterable<Event> {
  yield { type: "content_block_start", index, content_block };
  if (index === 0) {
    yield { type: "ping" };
  }
  for (const delta of deltas) {
    yield { type: "content_block_delta", index, delta };
  }
  yield { type: "content_block_stop", index };
}
