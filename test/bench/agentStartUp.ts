import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { agentProcess } from "../../src/agent/launch";
import { placeAgents } from "../support/agentsFile";
import { hasTerminals, startProgram } from "../support/cli";
import { oauthFile, storedCredentials } from "../support/storedCredential";
import type { Scene } from "../support/useSandbox";
import { milliseconds, quantile, quantileRows, type Measured } from "./figures";

const runs = 10;
/** How soon after its start the interactive agent should be seen, ms. */
const limit = 700;

/** How long a person looks at an empty terminal, with an agent of ours and with `pi`. */
export async function measureAgentStartUp(root: string, { home, env }: Scene): Promise<Measured> {
  const method =
    `${runs} starts each, in turn, of the same model on the same sign-in (for Pi: copied to its own file), in a terminal of util-linux's \`script\`, ` +
    "from the start of that to the first drawing of Pi's interface; then the process is killed. Pi is told to stay offline, as AIHub tells it.";
  const title = "The interactive agent is seen";
  if (!hasTerminals()) return { title, method, rows: [{ what: "not measured: there is no util-linux script here", ours: "", peer: "", ratio: "" }] };
  const model = { provider: "anthropic", model: "claude-sonnet-4-5" };
  await placeAgents(home, [{ id: "pilot", model, auth: { mode: "oauth" } }]);
  const { type, access, refresh, expires } = (await storedCredentials(home.aihub)).anthropic ?? {};
  if (!access) throw new Error(`Nobody is signed in, in ${oauthFile(home.aihub)}`);
  await mkdir(join(home.path, ".pi", "agent"), { recursive: true });
  await writeFile(join(home.path, ".pi", "agent", "auth.json"), JSON.stringify({ anthropic: { type, access, refresh, expires } }), { mode: 0o600 });

  const agent = agentProcess(join(root, "dist"), home.aihub, "pilot", "interactive");
  const pi = [join(root, "node_modules", "@mariozechner", "pi-coding-agent", "dist", "cli.js"), "--provider", model.provider, "--model", model.model];
  const ours: number[] = [];
  const peer: number[] = [];
  for (let run = -1; run < runs; run++) {
    const [own, other] = [await timeToSee(agent.args, { ...env, ...agent.env }), await timeToSee(pi, { ...env, ...agent.env })];
    // The first run of each reads its files from the disk.
    if (run >= 0) ours.push(own);
    if (run >= 0) peer.push(other);
  }
  const slowest = quantile(ours, 0.95);
  if (slowest > limit) console.error(`agentStartUp: ours was seen after ${milliseconds(slowest)} (p95), not within ${limit} ms`);
  return { title, method, rows: quantileRows("beside `pi` itself", ours, peer) };
}

async function timeToSee(args: readonly string[], env: Record<string, string>): Promise<number> {
  const command = `stty cols 100 rows 40; exec ${[process.execPath, ...args].map((word) => `'${word}'`).join(" ")}`;
  const started = performance.now();
  const terminal = startProgram("script", ["-qfc", command, "/dev/null"], { ...env, SHELL: "/bin/sh", TERM: "xterm-256color" });
  // Of the line that tells the keys, which is drawn with all the rest.
  await terminal.output(/interrupt/);
  const took = performance.now() - started;
  terminal.child.kill("SIGKILL");
  await terminal.result;
  return took;
}
