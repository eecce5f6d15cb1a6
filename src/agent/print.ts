import { constants } from "node:os";
import type { AgentSession } from "@mariozechner/pi-coding-agent";
import { messageOf, type AIHubError } from "../common/errors";
import { redact } from "../common/redact";
import { onFirstSignal } from "../common/signals";
import { followAnswer, type AnswerText } from "./answerText";
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
  const told = json ? writeEventsOf(session, lastFailure) : writeTextOf(session, lastFailure);
  const usage = usageOf(session);
  const interruption = abortOnSignals(session);
  try {
    await session.prompt(message);
    await session.agent.waitForIdle();
  } finally {
    told.stop();
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
  if (json) writeEvent({ type: "done", text: told.text(), usage });
  return 0;
}

/** Writes the text of the answers from now on; standard error tells of a new attempt. */
function writeTextOf(session: AgentSession, lastFailure: () => AIHubError | undefined): AnswerText {
  let isWritten = false;
  const answer = followAnswer(session, {
    onText(piece) {
      process.stdout.write(piece);
      isWritten = true;
    },
    onRetry({ attempt, maxAttempts, delay, hasBegun }) {
      const { provider = "The provider", status } = lastFailure()?.details ?? {};
      const again = `in ${Math.round(delay / 1000)} s (${attempt} of ${maxAttempts}).`;
      // What is on standard output cannot be taken back.
      if (hasBegun) process.stdout.write("\n\n");
      if (hasBegun) console.error(`The answer broke off. It begins anew ${again}`);
      else if (process.stderr.isTTY) console.error(`${provider} did not answer${status ? ` (HTTP ${status})` : ""}. Trying again ${again}`);
    },
  });
  return {
    text: answer.text,
    stop() {
      answer.stop();
      if (isWritten) process.stdout.write("\n");
    },
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
