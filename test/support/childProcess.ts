import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { basename, dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { redact } from "../../src/common/redact";

/** A process that is spoken to line by line. */
export interface Talker {
  readonly pid: number;
  /** The next line it says; rejects when it ended instead. */
  line(): Promise<string>;
  tell(line: string): void;
  end(): Promise<void>;
}

const running = new Set<ChildProcess>();

export function startTalker(args: readonly string[], env: Record<string, string>): Talker {
  const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH ?? "", ...env } });
  running.add(child);
  const closed = once(child, "close").then(() => running.delete(child));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A child that died is told of by `line`.
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    async line() {
      const next = await lines.next();
      if (next.done) throw new Error(`A child process ended early: ${redact(stderr).slice(0, 2000)}`);
      return next.value;
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    async end() {
      child.stdin.end();
      await closed;
    },
  };
}

/** Ends what a failure has left behind. */
export function endTalkers(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** Bundles a child's script as the product is bundled, into `folder`; gives the bundle's path. */
export async function bundleChild(entry: string, folder: string): Promise<string> {
  const outfile = join(folder, `${basename(entry, ".ts")}.cjs`);
  await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", target: "node20", format: "cjs", logLevel: "warning" });
  return outfile;
}

/** The same for one that needs Pi, which works as ESM only and is taken from the packages that are installed. */
export async function bundleChildOnPi(entry: string): Promise<string> {
  const outfile = resolve(__dirname, "../../out/children", basename(dirname(entry)), `${basename(entry, ".mts")}.mjs`);
  await build({ entryPoints: [entry], outfile, bundle: true, packages: "external", platform: "node", target: "node20", format: "esm", logLevel: "warning" });
  return outfile;
}
