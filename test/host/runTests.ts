import path from "node:path";
import { runTests } from "@vscode/test-electron";

export interface EditorRun {
  /** The compiled test suite: a module that exports `run(): Promise<void>`. */
  tests: string;
  /** The extension's folder; this project's root if not given. */
  extension?: string;
  /** A folder to open. */
  workspace?: string;
  /** Added to the environment of the extension host; `AIHUB_TEST_HOME` becomes its home folder. */
  env?: Record<string, string>;
  /** Downloads the desktop editor and runs the tests there, instead of in the editor from npm. */
  electron?: boolean;
}

const launcher = path.join(__dirname, "launcher");

/** Runs tests inside a real editor's extension host; rejects if one of them fails. */
export async function runInEditor(run: EditorRun): Promise<void> {
  await runTests({
    // Without an executable, test-electron downloads the desktop editor of this version.
    ...(run.electron ? { version: "stable" } : { vscodeExecutablePath: launcher }),
    extensionDevelopmentPath: run.extension ?? path.resolve(__dirname, "../.."),
    extensionTestsPath: run.tests,
    extensionTestsEnv: run.env ?? {},
    launchArgs: [...(run.workspace ? [run.workspace] : []), ...(run.electron ? ["--disable-extensions"] : [])],
  });
}
