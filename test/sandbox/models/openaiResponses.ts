import { z } from "zod";
import type { Exchange, ServerEvent } from "../exchange";
import { jsonBody, sendEvents, upToFault } from "../exchange";
import { randomToken } from "../tokens";
import type { Answer, Turn } from "./reply";
import { answerTo, pieces, textOf, usageOf } from "./reply";

const item = z.looseObject({ type: z.string().optional(), role: z.string().optional() });

const bodySchema = z.object({
  model: z.string().min(1),
  stream: z.literal(true, "Stream must be set to true"),
  store: z.boolean().optional(),
  instructions: z.string().optional(),
  input: z.array(item).min(1),
  tools: z.array(z.object({ name: z.string() })).optional(),
});

/** A valid `/responses` request. */
export interface ResponsesRequest extends Turn {
  store?: boolean;
  instructions?: string;
}

/** Reads a request in OpenAI's Responses format; a string says what is wrong with it. */
export function parseResponses(exchange: Exchange): ResponsesRequest | string {
  const parsed = bodySchema.safeParse(jsonBody(exchange));
  if (!parsed.success) {
    return z.prettifyError(parsed.error);
  }
  const { model, store, instructions, input, tools } = parsed.data;
  const results = input.slice(input.findLastIndex(({ type }) => type !== "function_call_output") + 1);
  return {
    model,
    userText: textOf(input.findLast(({ role }) => role === "user")),
    ...(results.length > 0 ? { toolResult: textOf(results.map(({ output }) => output)) } : {}),
    tools: tools?.map(({ name }) => name) ?? [],
    ...(store === undefined ? {} : { store }),
    ...(instructions === undefined ? {} : { instructions }),
  };
}

/** Streams the answer as https://platform.openai.com/docs/api-reference/responses-streaming says. */
export async function streamResponses(
  exchange: Exchange,
  request: ResponsesRequest,
  account: string,
  reply: string | undefined,
): Promise<void> {
  const answer = answerTo(request, account, reply);
  const created_at = Math.floor(Date.now() / 1000);
  const response = { id: randomToken("resp_", 16), object: "response", created_at, model: request.model, status: "in_progress" };
  const streamed = events(response, answer, usageOf(exchange, answer));
  await sendEvents(exchange, numbered(upToFault(exchange, streamed, (code, message) => failed(response, { code, message }))));
}

type Event = { type: string } & Record<string, unknown>;

function* numbered(source: Iterable<Event>): Iterable<ServerEvent> {
  let sequence_number = 0;
  for (const data of source) {
    yield { event: data.type, data: { ...data, sequence_number } };
    sequence_number += 1;
  }
}

function failed(response: object, error: { code: string; message: string }): Event {
  return { type: "response.failed", response: { ...response, status: "failed", error, incomplete_details: null, output: [], usage: null } };
}

function* events(response: object, answer: Answer, usage: { input: number; output: number }): Iterable<Event> {
  yield { type: "response.created", response: { ...response, output: [] } };
  yield { type: "response.in_progress", response: { ...response, output: [] } };
  const done = yield* "text" in answer ? message(answer.text) : functionCall(answer.tool, answer.input);
  const { input, output } = usage;
  const counts = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
  yield { type: "response.completed", response: { ...response, status: "completed", output: [done], usage: counts } };
}

function* message(text: string): Generator<Event, object> {
  const place = { item_id: randomToken("msg_", 16), output_index: 0, content_index: 0 };
  const shell = { id: place.item_id, type: "message", role: "assistant" };
  const part = { type: "output_text", text: "", annotations: [] };
  yield { type: "response.output_item.added", output_index: 0, item: { ...shell, status: "in_progress", content: [] } };
  yield { type: "response.content_part.added", ...place, part };
  for (const delta of pieces(text)) {
    yield { type: "response.output_text.delta", ...place, delta };
  }
  const item = { ...shell, status: "completed", content: [{ ...part, text }] };
  yield { type: "response.output_text.done", ...place, text };
  yield { type: "response.content_part.done", ...place, part: { ...part, text } };
  yield { type: "response.output_item.done", output_index: 0, item };
  return item;
}

function* functionCall(name: string, input: Record<string, unknown>): Generator<Event, object> {
  const shell = { id: randomToken("fc_", 16), type: "function_call", call_id: randomToken("call_", 12), name };
  const place = { item_id: shell.id, output_index: 0 };
  const args = JSON.stringify(input);
  const added = { ...shell, status: "in_progress", arguments: "" };
  yield { type: "response.output_item.added", output_index: 0, item: added };
  for (const delta of pieces(args)) {
    yield { type: "response.function_call_arguments.delta", ...place, delta };
  }
  const item = { ...shell, status: "completed", arguments: args };
  yield { type: "response.function_call_arguments.done", ...place, arguments: args };
  yield { type: "response.output_item.done", output_index: 0, item };
  return item;
}
