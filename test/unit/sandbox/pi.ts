import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Sandbox } from "../../sandbox/sandbox";

/** What the child process is to do with Pi's clients. */
export type PiTask =
  | { do: "refresh-anthropic" | "refresh-openai"; refresh: string }
  | { do: "login-copilot"; domain: string }
  | { do: "stream"; provider: string; model: string; apiKey: string; texts: string[]; baseUrl?: string };

/** Runs a task in a process, of the bundled `script`, whose only knowledge of the sandbox is its environment. */
export async function runPi(script: string, sandbox: Sandbox, task: PiTask): Promise<unknown> {
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, ...sandbox.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(JSON.stringify(task));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (child.exitCode !== 0) {
    throw new Error(errors);
  }
  return JSON.parse(output);
}
