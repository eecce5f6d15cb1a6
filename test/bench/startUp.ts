import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { quantile, timeRow, type Measured } from "./figures";

const runs = 10;

/** How long a person waits for the smallest command. */
export async function measureStartUp(root: string, env: Record<string, string>): Promise<Measured> {
  const commands = {
    ours: [join(root, "dist", "cli.mjs"), "auth", "status"],
    pi: [join(root, "node_modules", "@mariozechner", "pi-coding-agent", "dist", "cli.js"), "--version"],
    node: ["-e", "0"],
  };
  const samples: Record<keyof typeof commands, number[]> = { ours: [], pi: [], node: [] };
  for (let run = -1; run < runs; run++) {
    for (const key of Object.keys(commands) as (keyof typeof commands)[]) {
      const took = await timeOf(commands[key], env);
      // The first run of each reads its files from the disk.
      if (run >= 0) samples[key].push(took);
    }
  }
  const median = (key: keyof typeof commands) => quantile(samples[key], 0.5);
  return {
    title: "`aihub auth status`",
    method: `${runs} runs each, in turn, from start to end of the process, with one profile signed in.`,
    rows: [
      timeRow("beside `pi --version`, p50", median("ours"), median("pi")),
      timeRow("beside Node alone (`node -e 0`), p50", median("ours"), median("node")),
    ],
  };
}

async function timeOf(args: readonly string[], env: Record<string, string>): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH ?? "", ...env }, stdio: "ignore" });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`A command ended with ${code}`);
  return performance.now() - started;
}
