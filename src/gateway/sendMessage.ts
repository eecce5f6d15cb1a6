import { AIHubError } from "../common/errors";
import { redact } from "../common/redact";
import { openSocket, parseMessage, type Endpoint } from "./connection";
import { runEventSchema, type RunEvent } from "./protocol";

export interface Message {
  agentId: string;
  text: string;
  /** The conversation that it belongs to; the gateway's `main` by default. */
  sessionKey?: string;
}

/** How long the gateway may take to end a run that was aborted, in ms. */
const abortTimeout = 5_000;

/**
 * Sends a message to an agent and tells what comes as it comes, on a socket of its own: events of a run name no agent.
 * Aborting `signal` aborts the run.
 *
 * @throws AIHubError `gateway_missing`, `gateway_refused`, `gateway_run_failed`, `cancelled`
 */
export async function sendMessage(endpoint: Endpoint, { agentId, text, sessionKey = "main" }: Message, onEvent: (event: RunEvent) => void, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new AIHubError("cancelled");
  const socket = await openSocket(endpoint);
  const say = (words: string) => socket.send(JSON.stringify({ type: "send", agentId, message: words, sessionKey }));
  const abort = () => {
    say("/abort");
    setTimeout(() => socket.terminate(), abortTimeout).unref();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on("message", (data) => {
        const event = parseMessage(data, runEventSchema);
        if (!event) return;
        onEvent(event);
        if (event.type === "done") resolve();
        if (event.type === "error") reject(new AIHubError("gateway_run_failed", { agent: agentId, reason: redact(event.message) }));
      });
      socket.once("close", () => reject(new AIHubError("gateway_missing", { host: endpoint.url })));
      signal.addEventListener("abort", abort, { once: true });
      // It may have been aborted while the socket opened.
      if (signal.aborted) reject(new AIHubError("cancelled"));
      else say(text);
    });
  } catch (error) {
    throw signal.aborted ? new AIHubError("cancelled") : error;
  } finally {
    signal.removeEventListener("abort", abort);
    socket.close();
  }
  if (signal.aborted) throw new AIHubError("cancelled");
}
