import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, platform, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startSandbox } from "../sandbox/sandbox";
import { bundleChild, endTalkers } from "../support/childProcess";
import { createPerson } from "../support/person";
import { createTemporaryHome } from "../support/temporaryHome";
import type { Scene } from "../support/useSandbox";
import { measureAgentStartUp } from "./agentStartUp";
import { table, type Measured } from "./figures";
import { measureReadConfig } from "./readConfig";
import { measureReadModifyWrite } from "./readModifyWrite";
import { measureStartUp } from "./startUp";
import { measureStorm } from "./storm";
import { measureWatchLatency } from "./watchLatency";

/*
 * `npm run bench`: measures the credential's life beside Pi's own storage, against the sandbox's vendors,
 * prints the table and writes docs/benchmarks.md.
 */
const root = resolve(__dirname, "../..");

async function main(): Promise<void> {
  if (!existsSync(join(root, "dist", "cli.mjs"))) {
    const { status } = spawnSync(process.execPath, [join(root, "esbuild.mjs")], { stdio: "inherit" });
    if (status !== 0) throw new Error("The build failed");
  }
  const sandbox = await startSandbox();
  const person = createPerson(sandbox);
  const home = await createTemporaryHome();
  const bundles = await mkdtemp(join(tmpdir(), "aihub-bench-"));
  try {
    const scene: Scene = { sandbox, person, home, env: { ...sandbox.env, HOME: home.path } };
    const measured = await measureAll(scene, bundles);
    const page = pageOf(measured);
    if (sandbox.secrets().some((secret) => secret.length >= 12 && page.includes(secret))) throw new Error("The page holds a secret");
    await mkdir(join(root, "docs"), { recursive: true });
    await writeFile(join(root, "docs", "benchmarks.md"), page);
    console.log(table(measured));
  } finally {
    endTalkers();
    await person.close();
    await sandbox.close();
    await home.remove();
    await rm(bundles, { recursive: true, force: true });
  }
}

const child = (name: string) => join(__dirname, "children", `${name}.ts`);

async function measureAll(scene: Scene, bundles: string): Promise<Measured[]> {
  const measured: Measured[] = [];
  const add = async (measurement: Promise<Measured>) => {
    measured.push(await measurement);
    console.error(`measured: ${measured.at(-1)?.title}`);
  };
  await add(measureStorm(scene, await bundleChild(child("ours"), bundles)));
  await add(measureReadModifyWrite());
  await add(measureReadConfig());
  await add(measureWatchLatency(await bundleChild(child("writer"), bundles)));
  await add(measureStartUp(root, scene.env));
  await add(measureAgentStartUp(root, scene));
  return measured;
}

function pageOf(measured: readonly Measured[]): string {
  const machine = `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${availableParallelism()} cores, ${platform()}, Node ${process.version}`;
  return `# Benchmarks

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}; the same command (after \`npm ci\`) reproduces it.
Machine: ${machine}.

Read the ratios, AIHub's figure divided by the one beside it: both come from the same run, in turn, on a machine that had other work as well. Below 1, AIHub is quicker.

${table(measured)}

## How

${measured.map(({ title, method }) => `- **${title}**: ${method}`).join("\n")}
`;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
