import { text } from "node:stream/consumers";
import { agentProcess } from "../agent/launch";
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

/** `aihub send`: the agent runs in its own process and streams to this terminal. */
export async function send({ agent, message, ...options }: SendOptions): Promise<void> {
  const { executable, args, env } = agentProcess(distribution(), aihubHome(), agent, "print", options);
  // The message goes through a pipe: an argument could be read by every process of the machine.
  const content = message === "-" ? await text(process.stdin) : message;
  await runInForeground(executable, args, { ...process.env, ...env }, content);
}
