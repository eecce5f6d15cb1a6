import type { AgentSession, AgentSessionEvent } from "@mariozechner/pi-coding-agent";
import { messageOf, type AIHubError } from "../common/errors";
import { membersOf } from "../common/record";
import { redact } from "../common/redact";
import { followAnswer, type AnswerText } from "./answerText";

/**
 * What `print` writes with `--json`, one object a line. The gateway's WebSocket uses the same words.
 * The last line is `done`, or `error` when the request failed. The `claude` command tells no usage.
 */
export type PrintEvent =
  | { type: "session"; id: string }
  | { type: "text" | "thinking"; text: string }
  | { type: "tool_start"; id: string; name: string; input: unknown }
  | { type: "tool_end"; id: string; name: string; isError: boolean; text: string }
  | { type: "retry"; attempt: number; maxAttempts: number; delay: number; code: string; message: string }
  | { type: "done"; text: string; usage?: { input: number; output: number } }
  | { type: "error"; code: string; message: string };

export function writeEvent(event: PrintEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** Says why there is no answer, as the last event too. @returns the exit code */
export function fail(code: string, message: string, exitCode: number, json = false): number {
  if (json) writeEvent({ type: "error", code, message });
  console.error(message);
  return exitCode;
}

/** The same for a request that was stopped. */
export function failAborted(exitCode: number, json?: boolean): number {
  return fail("cancelled", "The request was aborted.", exitCode, json);
}

/** Writes what happens in a session from now on. */
export function writeEventsOf(session: AgentSession, lastFailure: () => AIHubError | undefined): AnswerText {
  writeEvent({ type: "session", id: session.sessionManager.getSessionId() });
  const answer = followAnswer(session, {
    onText: (text) => writeEvent({ type: "text", text }),
    onRetry({ attempt, maxAttempts, delay }) {
      const failure = lastFailure();
      writeEvent({ type: "retry", attempt, maxAttempts, delay, code: failure?.code ?? "unexpected", message: messageOf(failure) });
    },
  });
  const stopEvents = session.subscribe((event) => {
    const shown = printEvent(event);
    if (shown) writeEvent(shown);
  });
  return {
    text: answer.text,
    stop() {
      answer.stop();
      stopEvents();
    },
  };
}

function printEvent(event: AgentSessionEvent): PrintEvent | undefined {
  switch (event.type) {
    case "message_update": {
      const update = event.assistantMessageEvent;
      return update.type === "thinking_delta" ? { type: "thinking", text: update.delta } : undefined;
    }
    case "tool_execution_start":
      return { type: "tool_start", id: event.toolCallId, name: event.toolName, input: event.args as unknown };
    case "tool_execution_end":
      return { type: "tool_end", id: event.toolCallId, name: event.toolName, isError: event.isError, text: redact(textOf(event.result)) };
    default:
      return undefined;
  }
}

function textOf(result: unknown): string {
  const { content } = membersOf(result);
  const texts = Array.isArray(content) ? content.map((part) => membersOf(part).text) : [];
  return texts.filter((text) => typeof text === "string").join("\n");
}
