import { constants } from "node:os";
import { text } from "node:stream/consumers";
import { agentProcess } from "../agent/launch";
import { failAborted } from "../agent/printEvents";
import { endOnSignalsSaying } from "../auth/ending";
import { aihubHome } from "../store/paths";
import { distribution } from "./distribution";
import { runInForeground } from "./foreground";

export interface SendOptions {
  agent: string;
  message: string;
  session?: string;
  continue?: boolean;
  json?: boolean;
}

/** What ends a request before its answer. */
const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** `aihub send`: the agent runs in its own process and streams to this terminal. */
export async function send({ agent, message, ...options }: SendOptions): Promise<void> {
  const { json } = options;
  const tellAborted = (exitCode: number) => void failAborted(exitCode, json);
  const listening = json ? endOnSignalsSaying(tellAborted, ...endings) : undefined;
  const { executable, args, env } = agentProcess(distribution(), aihubHome(), agent, "print", options);
  // The message goes through a pipe: an argument could be read by every process of the machine.
  const input = message === "-" ? await text(process.stdin) : message;
  listening?.dispose();
  const onKilled = (signal: NodeJS.Signals) => {
    // Before it listened for them: from then on, it tells of it itself.
    if (json && endings.some((each) => each === signal)) tellAborted(128 + constants.signals[signal]);
  };
  await runInForeground(executable, args, { ...process.env, ...env }, { input, onKilled });
}
