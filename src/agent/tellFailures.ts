import { createAssistantMessageEventStream, type Api, type AssistantMessage, type AssistantMessageEventStream, type Model } from "@mariozechner/pi-ai";
import type { AgentSession } from "@mariozechner/pi-coding-agent";
import { messageOf } from "../common/errors";
import { redact } from "../common/redact";

/**
 * Pi's interface shows an error that comes in the answer's stream, but says nothing of one that is thrown before
 * there is a stream: a key that could not be had would look like a model that does not answer.
 */
export function tellFailures({ agent }: AgentSession): void {
  const stream = agent.streamFn;
  agent.streamFn = async (model, context, options) => {
    try {
      return await stream(model, context, options);
    } catch (error) {
      return failedAnswer(model, error);
    }
  };
}

function failedAnswer(model: Model<Api>, error: unknown): AssistantMessageEventStream {
  const cost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 };
  const message: AssistantMessage = {
    role: "assistant",
    content: [],
    api: model.api,
    provider: model.provider,
    model: model.id,
    usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, totalTokens: 0, cost },
    stopReason: "error",
    // What getApiKeyAndHeaders passed on is the message of one of our errors, in an error of Pi's.
    errorMessage: error instanceof Error ? redact(error.message) : messageOf(error),
    timestamp: Date.now(),
  };
  const stream = createAssistantMessageEventStream();
  stream.push({ type: "error", reason: "error", error: message });
  stream.end(message);
  return stream;
}
