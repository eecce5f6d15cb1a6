import { createAssistantMessageEventStream, type Api, type AssistantMessage, type AssistantMessageEvent, type AssistantMessageEventStream, type Model } from "@mariozechner/pi-ai";
import type { AgentSession } from "@mariozechner/pi-coding-agent";
import { AIHubError, isAIHubError, messageOf } from "../common/errors";
import type { KeySource } from "../auth/resolve";
import { endsAfter } from "../auth/ending";
import { recordFailure, recordSuccess } from "../auth/usage";
import type { Agent } from "../gateway/agent";
import { providerName } from "../providers/registry";
import { keyOf } from "./destination";
import { explainRefusal } from "./explainRefusal";
import type { AgentKeys } from "./keys";

type StreamFunction = AgentSession["agent"]["streamFn"];
type LastEvent = Extract<AssistantMessageEvent, { type: "done" | "error" }>;

export interface AnswerWatch {
  keys: AgentKeys;
  agent: Agent;
  /** Told why a request failed. */
  onFailure: (failure: AIHubError | undefined) => void;
}

/**
 * Watches what models answer. Which profile works and which has reached a limit is noted for the next choice. What
 * a vendor refuses is explained, in place of its own words. A sign-in's token that is refused before its time (the
 * vendor ended it, or this machine's clock is slow) is renewed, and the request made once more. And a key that could
 * not be had is told: Pi's interface shows an error that comes in the answer's stream, but says nothing of one that
 * is thrown before there is a stream.
 */
export function watchAnswers({ agent: pi }: AgentSession, watch: AnswerWatch): void {
  const stream = pi.streamFn;
  pi.streamFn = (model, context, options) => {
    const told = createAssistantMessageEventStream();
    const start = () => startAttempt(stream, [model, context, options]);
    void relay(start, told, watch).catch((error: unknown) => {
      watch.onFailure(isAIHubError(error) ? error : undefined);
      told.push({ type: "error", reason: "error", error: failedAnswer(model, messageOf(error)) });
    });
    return told;
  };
}

/** One try at a request. */
interface Attempt {
  answer: AssistantMessageEventStream;
  /** Its own copy: where the request goes, and with which key, is kept with it (destination.ts). */
  model: Model<Api>;
  /** The HTTP status, where Pi tells it. */
  status: () => number | undefined;
}

async function startAttempt(stream: StreamFunction, [asked, context, options]: Parameters<StreamFunction>): Promise<Attempt> {
  let status: number | undefined;
  const model = { ...asked };
  const onResponse: NonNullable<typeof options>["onResponse"] = (response, of) => {
    status = response.status;
    return options?.onResponse?.(response, of);
  };
  // Not the WebSocket that Pi prefers for ChatGPT: one is kept across requests, and goes on with the key that it was opened
  // with, whatever this request's is. Nor does it tell the status of a refusal.
  return { answer: await stream(model, context, { ...options, onResponse, transport: "sse" }), model, status: () => status };
}

/** Passes an answer on as it comes, to its end. */
async function relay(start: () => Promise<Attempt>, told: AssistantMessageEventStream, watch: AnswerWatch): Promise<void> {
  const first = await start();
  const { last, hasBegun } = await passOn(first.answer, told);
  if (hasBegun || explain(first, last, watch)?.code !== "sign_in_refused") return conclude(first, last, told, watch);
  watch.keys.refuse(keyOf(first.model));
  const second = await start();
  conclude(second, (await passOn(second.answer, told)).last, told, watch);
}

async function passOn(answer: AssistantMessageEventStream, told: AssistantMessageEventStream): Promise<{ last: LastEvent; hasBegun: boolean }> {
  let hasBegun = false;
  for await (const event of answer) {
    if (event.type === "done" || event.type === "error") return { last: event, hasBegun };
    hasBegun = true;
    told.push(event);
  }
  throw new Error("The answer has no end");
}

function conclude(attempt: Attempt, last: LastEvent, told: AssistantMessageEventStream, watch: AnswerWatch): void {
  const failure = explain(attempt, last, watch);
  watch.onFailure(failure);
  told.push(failure ? { type: "error", reason: "error", error: { ...messageIn(last), stopReason: "error", errorMessage: failure.message } } : last);
  const source = watch.keys.sourceOf(keyOf(attempt.model));
  if (source?.kind === "profile") endsAfter(noteOutcome(watch, source, last, failure));
}

/** `undefined` when nothing was refused: the model answered, or the person stopped it. */
function explain({ model, status }: Attempt, last: LastEvent, { keys, agent }: AnswerWatch): AIHubError | undefined {
  const source = keys.sourceOf(keyOf(model));
  if (last.type === "done") return isNoAnswer(last.message) ? new AIHubError("malformed_answer", { provider: answererOf(model, source) }) : undefined;
  if (last.reason === "aborted") return undefined;
  const message = last.error.errorMessage ?? "";
  if (hasDeclined(model, message)) return new AIHubError("model_declined", { reason: model.id });
  // An answer that has begun well may still end in an error.
  const answered = status() ?? 0;
  return explainRefusal({ message, status: answered < 400 ? undefined : answered, provider: model.provider, model: model.id, agent: agent.id, source });
}

const messageIn = (last: LastEvent) => (last.type === "done" ? last.message : last.error);

/** Whatever came with a good status had nothing of a model's answer in it: the page of a hotel's network, say. Pi takes it for one. */
function isNoAnswer({ content, stopReason, usage }: AssistantMessage): boolean {
  return stopReason === "stop" && content.length === 0 && usage.totalTokens === 0;
}

/** Anthropic's `refusal`, for which Pi has no words of its own, and OpenAI's `content_filter`. */
function hasDeclined({ api }: Model<Api>, message: string): boolean {
  return (api === "anthropic-messages" && message === "An unknown error occurred") || message.endsWith("finish_reason: content_filter");
}

function answererOf({ provider }: Model<Api>, source: KeySource | undefined): string {
  return source?.kind === "proxy" ? `The proxy at ${source.baseUrl}` : providerName(provider);
}

/** What cannot be noted (a full disk, say) must not disturb the conversation. */
async function noteOutcome({ keys: { store }, agent }: AnswerWatch, { profile }: Extract<KeySource, { kind: "profile" }>, last: LastEvent, failure: AIHubError | undefined): Promise<void> {
  try {
    if (last.type === "done" && !failure) await recordSuccess(store, profile.id, { isNamed: agent.auth?.profileId === profile.id });
    if (isAIHubError(failure, "usage_limit_reached", "credit_used_up", "too_many_requests")) await recordFailure(store, profile.id);
  } catch {
    return;
  }
}

function failedAnswer({ api, provider, id }: Model<Api>, errorMessage: string): AssistantMessage {
  const cost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 };
  const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, totalTokens: 0, cost };
  return { role: "assistant", content: [], api, provider, model: id, usage, stopReason: "error", errorMessage, timestamp: Date.now() };
}
