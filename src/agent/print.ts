import type { AgentSessionRuntime } from "@mariozechner/pi-coding-agent";
import { redact } from "../common/redact";

/**
 * Sends one message and writes the answer as it streams.
 * @returns the exit code: 0 when the model answered, 1 when the request failed (the reason is on standard error).
 */
export async function runPrint(runtime: AgentSessionRuntime, message: string): Promise<number> {
  const { session } = runtime;
  let needsBreak = false;
  const stop = session.subscribe((event) => {
    if (event.type !== "message_update") return;
    const update = event.assistantMessageEvent;
    if (update.type === "text_start" && needsBreak) process.stdout.write("\n\n");
    if (update.type !== "text_delta") return;
    process.stdout.write(update.delta);
    needsBreak = true;
  });
  const abort = () => void session.abort();
  process.once("SIGINT", abort);
  try {
    await session.prompt(message);
    await session.agent.waitForIdle();
  } finally {
    stop();
    process.off("SIGINT", abort);
  }
  if (needsBreak) process.stdout.write("\n");
  const last = session.state.messages.at(-1);
  await runtime.dispose();
  if (last?.role !== "assistant" || (last.stopReason !== "error" && last.stopReason !== "aborted")) return 0;
  console.error(redact(last.errorMessage ?? `The request was ${last.stopReason}.`));
  return last.stopReason === "aborted" ? 130 : 1;
}
