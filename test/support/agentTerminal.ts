import { startCliInTerminal, type CliRun } from "./cli";
import type { Scene } from "./useSandbox";

/** `aihub run` in a terminal of its own, as soon as it takes questions. */
export async function launchAgent(scene: Pick<Scene, "env">, agent: string, env: Record<string, string> = {}): Promise<CliRun> {
  const terminal = startCliInTerminal(["run", agent], { ...scene.env, ...env });
  await terminal.output(/escape.*interrupt/s);
  return terminal;
}

/** Types a question and sends it. Each is one that was not asked before: it is looked for on the screen. */
export async function typeQuestion(terminal: CliRun, question: string): Promise<void> {
  terminal.type(question);
  await terminal.output(new RegExp(question));
  terminal.type("\r");
}

/** Asks, and waits for the answer. */
export async function ask(terminal: CliRun, question: string, answer: RegExp): Promise<void> {
  await typeQuestion(terminal, question);
  await terminal.output(answer);
}
