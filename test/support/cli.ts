import { spawn, spawnSync, type ChildProcess, type ChildProcessWithoutNullStreams, type SpawnOptionsWithoutStdio } from "node:child_process";
import { resolve } from "node:path";

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CliRun {
  child: ChildProcessWithoutNullStreams;
  /** Resolves with the match as soon as standard output has it; rejects when the command ends without it. */
  output(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same on standard error. */
  errors(pattern: RegExp): Promise<RegExpExecArray>;
  type(text: string): void;
  result: Promise<CliResult>;
}

/** The built command. The compiled suites of the extension host stand elsewhere; their runner names it. */
export const cli = process.env.AIHUB_TEST_CLI ?? resolve(__dirname, "../../dist/cli.mjs");

const running = new Set<ChildProcess>();

/** Ends what a failed test has left waiting, so that the run can end too. */
export function endRunningCommands(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** Starts the built `aihub` command as a person would, in an environment of its own. */
export function startCli(args: readonly string[], env: Record<string, string>, options: SpawnOptionsWithoutStdio = {}): CliRun {
  return startProgram(process.execPath, [cli, ...args], env, options);
}

/** Whether this machine can start a command in a terminal of its own: with util-linux's `script`. */
export function hasTerminals(): boolean {
  return /util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "");
}

/**
 * The same in a terminal; what is typed are its keys. Its output ends in a line with the exit code and
 * the settings in which the terminal was left (`stty -a`).
 */
export function startCliInTerminal(args: readonly string[], env: Record<string, string>, columns = 100): CliRun {
  const command = [process.execPath, cli, ...args].map((word) => `'${word}'`).join(" ");
  return startProgram("script", ["-qec", `stty cols ${columns} rows 40; ${command}; echo "ended with $?"; stty -a`, "/dev/null"], { TERM: "xterm-256color", SHELL: "/bin/sh", ...env });
}

/** The same for another program. */
export function startProgram(executable: string, args: readonly string[], env: Record<string, string>, options: SpawnOptionsWithoutStdio = {}): CliRun {
  const child = spawn(executable, args, { ...options, env: { PATH: process.env.PATH ?? "", ...env } });
  running.add(child);
  child.once("close", () => running.delete(child));
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const result = new Promise<CliResult>((done, failed) => {
    child.on("error", failed);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
  const said = (stream: "stdout" | "stderr") => (pattern: RegExp) =>
    new Promise<RegExpExecArray>((found, failed) => {
      const look = () => {
        const match = pattern.exec(stream === "stdout" ? stdout : stderr);
        if (match) found(match);
        return match !== null;
      };
      if (look()) return;
      child[stream].on("data", look);
      void result.then(({ code }) => look() || failed(new Error(`${executable} ended with ${code} before it said ${pattern}: ${stderr}`)));
    });
  return { child, result, type: (text) => child.stdin.write(text), output: said("stdout"), errors: said("stderr") };
}

export async function runCli(args: readonly string[], env: Record<string, string>, input = ""): Promise<CliResult> {
  const run = startCli(args, env);
  run.child.stdin.end(input);
  return run.result;
}
