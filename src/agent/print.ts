import { constants } from "node:os";
import type { AgentSession } from "@mariozechner/pi-coding-agent";
import { messageOf } from "../common/errors";
import { redact } from "../common/redact";
import { onFirstSignal } from "../common/signals";
import type { AgentRuntime } from "./runtime";
import { fail, failAborted, writeEvent, writeEventsOf } from "./printEvents";

/**
 * Sends one message and writes the answer as it streams, or the events.
 *
 * @returns the exit code: 0 when the model answered, 1 when the request failed (the reason is on standard error),
 *   128 and the signal's number when a signal ended it.
 */
export async function runPrint({ runtime, lastFailure }: AgentRuntime, message: string, { json }: { json?: boolean }): Promise<number> {
  const { session } = runtime;
  const stop = json ? writeEventsOf(session) : writeTextOf(session);
  const usage = usageOf(session);
  const interruption = abortOnSignals(session);
  try {
    await session.prompt(message);
    await session.agent.waitForIdle();
  } finally {
    stop();
    interruption.dispose();
  }
  const last = session.state.messages.at(-1);
  const answer = last?.role === "assistant" ? last : undefined;
  await runtime.dispose();
  const exitCode = interruption.exitCode();
  if (exitCode !== undefined || answer?.stopReason === "aborted") return failAborted(exitCode ?? 128 + constants.signals.SIGINT, json);
  const failure = lastFailure();
  // Pi takes a failed answer away when it means to shorten the conversation, also where that cannot help.
  if (answer ? answer.stopReason === "error" : failure) return fail(failure?.code ?? "unexpected", redact(answer?.errorMessage ?? messageOf(failure)), 1, json);
  if (json) {
    const text = answer?.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n") ?? "";
    writeEvent({ type: "done", text, usage });
  }
  return 0;
}

/** Writes the text of the answers from now on. @returns what ends it, and the last line. */
function writeTextOf(session: AgentSession): () => void {
  let needsBreak = false;
  const stop = session.subscribe((event) => {
    if (event.type !== "message_update") return;
    const update = event.assistantMessageEvent;
    if (update.type === "text_start" && needsBreak) process.stdout.write("\n\n");
    if (update.type !== "text_delta") return;
    process.stdout.write(update.delta);
    needsBreak = true;
  });
  return () => {
    stop();
    if (needsBreak) process.stdout.write("\n");
  };
}

/** The tokens of every request that the session makes from now on: an answer with tools takes several. */
function usageOf(session: AgentSession): { input: number; output: number } {
  const usage = { input: 0, output: 0 };
  session.subscribe((event) => {
    if (event.type !== "message_end" || event.message.role !== "assistant") return;
    usage.input += event.message.usage.input;
    usage.output += event.message.usage.output;
  });
  return usage;
}

/** The first signal aborts the request (and the tools that run for it); a second Ctrl-C ends the process as ever. */
function abortOnSignals(session: AgentSession) {
  let exitCode: number | undefined;
  const listening = onFirstSignal(["SIGINT", "SIGTERM", "SIGHUP"], (signal) => {
    exitCode = 128 + constants.signals[signal];
    void session.abort();
  });
  return { exitCode: () => exitCode, dispose: () => listening.dispose() };
}
