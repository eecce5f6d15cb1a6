import { readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { runInEditor } from "../host/runTests";
import { startSandbox } from "../sandbox/sandbox";
import { createTemporaryHome } from "../support/temporaryHome";
import { expectNoReuse, recordSecrets } from "../support/useSandbox";

/** Compiles the suites, starts the vendors, and runs the suites in the extension host of a real editor. */
async function main(): Promise<void> {
  const root = resolve(__dirname, "../..");
  const compiled = join(root, "out", "integration");
  const suites = readdirSync(__dirname).filter((name) => name.endsWith(".test.ts"));
  await build({
    absWorkingDir: root,
    entryPoints: ["index.ts", ...suites].map((name) => join(__dirname, name)),
    outdir: compiled,
    bundle: true,
    platform: "node",
    format: "cjs",
    packages: "external",
    external: ["vscode"],
  });
  const sandbox = await startSandbox();
  const home = await createTemporaryHome();
  await mkdir(join(home.path, "workspace"));
  await readNotices(home.aihub);
  try {
    await runInEditor({
      tests: join(compiled, "index.js"),
      workspace: join(home.path, "workspace"),
      electron: process.argv.includes("--electron"),
      env: { ...sandbox.env, AIHUB_TEST_HOME: home.path, AIHUB_TEST_CONTROL: sandbox.controlUrl, AIHUB_TEST_CLI: join(root, "dist", "cli.mjs") },
    });
    expectNoReuse(sandbox);
  } finally {
    recordSecrets(sandbox);
    await sandbox.close();
    await home.remove();
  }
}

/** What is to be read before a first sign-in has been read: nobody in the extension host could answer. */
async function readNotices(aihub: string): Promise<void> {
  const index = { version: 1, profiles: {}, notices: { anthropic: Date.now() } };
  await mkdir(join(aihub, "agent"), { recursive: true, mode: 0o700 });
  await writeFile(join(aihub, "agent", "auth-profiles.json"), JSON.stringify(index), { mode: 0o600 });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
