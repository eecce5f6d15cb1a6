import { createAssistantMessageEventStream, type Api, type AssistantMessage, type AssistantMessageEventStream, type Model } from "@mariozechner/pi-ai";
import type { AgentSession } from "@mariozechner/pi-coding-agent";
import { messageOf } from "../common/errors";
import { redact } from "../common/redact";
import { recordFailure, recordSuccess } from "../auth/usage";
import type { ProfileId } from "../store/profileId";
import type { AgentKeys } from "./keys";

/** How vendors say that an account has used up what it may: HTTP 402 and 429, and words for it. */
const limitReached = /\b(?:402|429)\b|rate.?limit|usage.?limit|quota/i;

/**
 * Watches what models answer. Which profile works and which has reached a limit is noted for the next choice. And a
 * key that could not be had is told: Pi's interface shows an error that comes in the answer's stream, but says
 * nothing of one that is thrown before there is a stream.
 */
export function watchAnswers({ agent }: AgentSession, keys: AgentKeys): void {
  const stream = agent.streamFn;
  agent.streamFn = async (model, context, options) => {
    try {
      const answer = await stream(model, context, options);
      const profile = keys.lastProfile();
      if (profile) void noteOutcome(keys, profile, answer);
      return answer;
    } catch (error) {
      return failedAnswer(model, error);
    }
  };
}

/** What cannot be noted (a full disk, say) must not disturb the conversation. */
async function noteOutcome({ store }: AgentKeys, profile: ProfileId, answer: AssistantMessageEventStream): Promise<void> {
  try {
    const { stopReason, errorMessage } = await answer.result();
    if (stopReason === "stop" || stopReason === "toolUse") await recordSuccess(store, profile);
    if (stopReason === "error" && limitReached.test(errorMessage ?? "")) await recordFailure(store, profile);
  } catch {
    return;
  }
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
