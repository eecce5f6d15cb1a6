import type { AgentSession } from "@mariozechner/pi-coding-agent";

/** A request that failed is made once more. */
export interface Retry {
  /** 1 for the first one. */
  attempt: number;
  maxAttempts: number;
  /** Until it is made, in ms. */
  delay: number;
  /** Whether something of the answer had been told, which does not count now. */
  hasBegun: boolean;
}

export interface AnswerListener {
  onText: (piece: string) => void;
  onRetry: (retry: Retry) => void;
}

export interface AnswerText {
  /** The whole answer so far: all that was told, without what an attempt had said that failed. */
  text: () => string;
  stop: () => void;
}

/** Follows the text of a run as it streams: of several messages (tools are called in between), with a blank line between them. */
export function followAnswer(session: AgentSession, { onText, onRetry }: AnswerListener): AnswerText {
  let text = "";
  /** How much of it is of messages that are complete. */
  let kept = 0;
  let hasBegun = false;
  let needsBreak = false;
  const stop = session.subscribe((event) => {
    if (event.type === "message_update") {
      const update = event.assistantMessageEvent;
      if (update.type === "text_start") needsBreak = text !== "";
      if (update.type !== "text_delta") return;
      const piece = needsBreak ? `\n\n${update.delta}` : update.delta;
      needsBreak = false;
      text += piece;
      onText(piece);
    }
    if (event.type === "message_end" && event.message.role === "assistant") {
      hasBegun = event.message.stopReason === "error" && text.length > kept;
      if (event.message.stopReason === "error") text = text.slice(0, kept);
      kept = text.length;
    }
    if (event.type === "auto_retry_start") onRetry({ attempt: event.attempt, maxAttempts: event.maxAttempts, delay: event.delayMs, hasBegun });
  });
  return { text: () => text, stop };
}
