import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readdirSync, rmSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { whyNoSplitNetwork } from "./host/splitNetwork";
import { findLeaks } from "./support/findLeaks";

/*
 * `npm test`: every check in turn, all of their output kept, and at the end a search of that output and of every
 * log for the secrets that the vendors issued. `npm run test:<phase>` runs one phase (after a build).
 */
const root = resolve(__dirname, "..");
const out = join(root, "out");

interface Phase {
  command: string[];
  env?: Record<string, string>;
  /** Checks that have no tests of their own count as one. */
  isOneCheck?: boolean;
  /** Run in two halves at a time, each in a network of its own, where that can be: the vendors' ports are fixed. */
  inHalves?: boolean;
}

const phases: Record<string, Phase> = {
  lint: { command: ["eslint", "."], isOneCheck: true },
  types: { command: ["tsc", "--noEmit", "-p", "."], isOneCheck: true },
  build: { command: ["node", "esbuild.mjs"], isOneCheck: true },
  unit: { command: ["mocha", "--config", "test/unit/.mocharc.json"], inHalves: true },
  // The long ones among the unit tests, with their full counts.
  stress: { command: ["mocha", "--config", "test/unit/.mocharc.json", "--grep", "never lost"], env: { AIHUB_STRESS: "1" } },
  host: { command: ["mocha", "--config", "test/host/.mocharc.json"] },
  integration: { command: ["tsx", "test/integration/run.ts"] },
  electron: { command: ["tsx", "test/integration/run.ts", "--electron"] },
  e2e: { command: ["mocha", "--config", "test/e2e/.mocharc.json"] },
};
const all = ["lint", "types", "build", "unit", "host", "integration", "e2e"];

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

async function main(): Promise<number> {
  const asked = process.argv.slice(2);
  const names = asked.length > 0 ? ["build", ...asked] : all;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, "logs"), { recursive: true });
  const tallies: Tally[] = [];
  for (const name of names) tallies.push(await runPhase(name));
  tallies.push(searchForLeaks(names));
  const { passed, failed, skipped } = sumOf(tallies);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return failed === 0 ? 0 : 1;
}

function sumOf(tallies: readonly Tally[]): Tally {
  const sum = (key: keyof Tally) => tallies.reduce((total, tally) => total + tally[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

async function runPhase(name: string): Promise<Tally> {
  const phase = phases[name];
  if (!phase) throw new Error(`There is no phase “${name}”. Known: ${Object.keys(phases).join(", ")}`);
  console.log(`\n== ${name} ==`);
  const started = Date.now();
  const parts = phase.inHalves && !whyNoSplitNetwork() ? halves(phase.command) : [phase.command];
  const runs = await Promise.all(parts.map((command, index) => run(index === 0 ? name : `${name}-${index + 1}`, command, phase.env, index === 0)));
  for (const { text } of runs.slice(1)) process.stdout.write(text);
  const tallies = runs.map(({ code, text }) => (phase.isOneCheck ? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 } : tallyOf(text, code)));
  const tally = sumOf(tallies);
  console.log(`== ${name}: ${tally.passed} passed, ${tally.failed} failed, ${Math.round((Date.now() - started) / 1000)} s ==`);
  return tally;
}

/** The tests of these folders take as long as all others. */
const secondHalf = ["agent", "cli", "sandbox"];

function halves(command: readonly string[]): string[][] {
  const names = readdirSync(join(root, "test", "unit"));
  const without = (ignored: readonly string[]) => [...command, ...ignored.flatMap((name) => ["--ignore", `test/unit/${name}${name.endsWith(".ts") ? "" : "/**"}`])];
  return [without(secondHalf), without(names.filter((name) => !secondHalf.includes(name)))].map(inOwnNetwork);
}

function inOwnNetwork(command: readonly string[]): string[] {
  return ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", ...command];
}

function run(name: string, [command = "", ...args]: string[], extra: Record<string, string> = {}, isShown = true): Promise<{ code: number | null; text: string }> {
  const log = createWriteStream(join(out, "logs", `${name}.log`));
  const env = {
    ...process.env,
    // Colours would stand in the kept output; some tools force them in CI.
    FORCE_COLOR: "0",
    PATH: [join(root, "node_modules", ".bin"), process.env.PATH ?? ""].join(delimiter),
    AIHUB_TEST_SECRETS: join(out, "secrets"),
    AIHUB_TEST_LOGS: join(out, "logs"),
    AIHUB_TEST_PICTURES: join(out, "pictures"),
    ...extra,
  };
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], shell: process.platform === "win32" });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        log.write(chunk);
        if (isShown) process.stdout.write(chunk);
      });
    }
    child.on("error", failed);
    child.on("close", (code) => log.end(() => done({ code, text })));
  });
}

/** The counts at the end of mocha's report. A run that ended badly has failed, whatever it counted. */
function tallyOf(text: string, code: number | null): Tally {
  const count = (word: string) => Number(new RegExp(`^\\s*(\\d+) ${word}\\b`, "m").exec(stripVTControlCharacters(text))?.[1] ?? 0);
  const tally = { passed: count("passing"), failed: count("failing"), skipped: count("pending") };
  const isBad = (code !== 0 || tally.passed === 0) && tally.failed === 0;
  return { ...tally, failed: isBad ? 1 : tally.failed };
}

/** In these the vendors play: a search that finds none of their secrets, or nothing to search, has looked in the wrong place. */
const phasesWithSecrets = ["unit", "integration", "electron", "e2e"];

function searchForLeaks(names: readonly string[]): Tally {
  const { secrets, files, leaks } = findLeaks(join(out, "secrets"), join(out, "logs"));
  console.log(`\n== leaks: ${secrets} secrets that the vendors issued, searched for in ${files} files of output and logs ==`);
  for (const leak of leaks) console.log(`A secret stands in ${leak}`);
  const isBlind = names.some((name) => phasesWithSecrets.includes(name)) && (secrets === 0 || files === 0);
  if (isBlind) console.log("The vendors issued secrets, but there was nothing to search, or nothing to search for.");
  const failed = leaks.length + (isBlind ? 1 : 0);
  return { passed: failed === 0 ? 1 : 0, failed, skipped: 0 };
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
