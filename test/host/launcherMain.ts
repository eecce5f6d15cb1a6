/**
 * What @vscode/test-electron starts in place of a desktop editor: it understands the same arguments,
 * runs the tests in the extension host of the editor from npm, prints what they print and ends with
 * their exit code.
 */
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { format, parseArgs } from "node:util";
import type { Browser } from "playwright-core";
import { launchBrowser, newBrowserContext } from "./browser";
import { startEditorServer } from "./editorServer";
import type { EditorServer } from "./editorServer";
import { ensureHost } from "./install";

const timeLimit = Number(process.env["AIHUB_TEST_TIME_LIMIT_MS"] ?? 10 * 60_000);

/** Resolves with the exit code of the tests. */
async function runTests(stopped: Promise<number>): Promise<number> {
  // The desktop editor's other switches come along too; only these mean something here.
  const options = {
    extensionDevelopmentPath: { type: "string" },
    extensionTestsPath: { type: "string" },
  } as const;
  const { values, positionals } = parseArgs({ options, strict: false, allowPositionals: true });
  const { extensionDevelopmentPath, extensionTestsPath } = values;
  if (typeof extensionDevelopmentPath !== "string" || typeof extensionTestsPath !== "string") {
    throw new Error("Start this with --extensionDevelopmentPath=… and --extensionTestsPath=…, or through runTests.ts");
  }

  let server: EditorServer | undefined;
  let browser: Browser | undefined;
  const { userDataDir, tidy } = await createUserDataDir();
  try {
    const host = await ensureHost();
    const home = process.env["AIHUB_TEST_HOME"] ?? homedir();
    await mkdir(home, { recursive: true });
    server = await startEditorServer({
      ...{ host, home, userDataDir, extensionDevelopmentPath, extensionTestsPath },
      workspace: positionals[0],
    });
    browser = await launchBrowser({ host });
    const page = await (await newBrowserContext(browser)).newPage();

    const finished = new Promise<number>((resolve) => {
      void page.exposeFunction("codeAutomationLog", (level: string, args: unknown[]) => print(level, args));
      void page.exposeFunction("codeAutomationExit", (code: number) => resolve(code));
      page.on("crash", () => resolve(fail("The editor's page crashed")));
      setTimeout(() => resolve(fail(`The tests did not end within ${timeLimit / 1000} s`)), timeLimit).unref();
    });
    await page.goto(server.url);
    return await Promise.race([finished, stopped]);
  } finally {
    await browser?.close();
    await server?.close();
    await tidy();
  }
}

/**
 * Where the editor keeps its settings, logs and state. With `AIHUB_TEST_LOGS` that is there, and its logs stay: the
 * extension host's own are searched for leaks as well.
 */
async function createUserDataDir(): Promise<{ userDataDir: string; tidy: () => Promise<void> }> {
  const remove = (folder: string) => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  const kept = process.env["AIHUB_TEST_LOGS"];
  if (!kept) {
    const temporary = await mkdtemp(path.join(tmpdir(), "aihub-tests-"));
    return { userDataDir: temporary, tidy: () => remove(temporary) };
  }
  const userDataDir = path.resolve(kept, "editor-integration");
  await mkdir(userDataDir, { recursive: true });
  const removeAllBut = async (folder: string, name: string) => {
    const others = (await readdir(folder).catch(() => [])).filter((each) => each !== name);
    await Promise.all(others.map((each) => remove(path.join(folder, each))));
  };
  const tidy = async () => {
    await removeAllBut(userDataDir, "data");
    await removeAllBut(path.join(userDataDir, "data"), "logs");
  };
  // What a run that was killed has left is no start for this one.
  await tidy();
  return { userDataDir, tidy };
}

/** The page reports what its own parts have to say along with what the tests print. */
const chatter =
  /^\[(AgentHost|RemoteAgentHost|AccountPolicyGate|reconnection-grace-time|Service Worker)|^(Resolv|Creat)\w+ (of workbench|a socket|connection token)|additional builtin extensions/;

function print(level: string, args: unknown[]): void {
  const line = format(...args);
  if (!chatter.test(line)) (level === "error" ? process.stderr : process.stdout).write(`${line}\n`);
}

function fail(message: string): number {
  console.error(message);
  return 1;
}

const stopped = new Promise<number>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve(fail(`Stopped by ${signal}`)));
});

runTests(stopped)
  .catch((error: unknown) => fail(String(error)))
  .then((code) => process.exit(code))
  .catch(() => process.exit(1));
