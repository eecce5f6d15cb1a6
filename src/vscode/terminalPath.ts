import { chmod, mkdir, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import * as vscode from "vscode";
import { messageOf } from "../common/errors";
import { replaceFile } from "../store/replaceFile";
import { settings } from "./ids";
import { launcherFile } from "./launcherFile";
import type { Services } from "./services";

/**
 * Makes `aihub` a command in this editor's terminals, as long as the person wants that: a folder with a launcher is
 * put in front of their PATH. No file of a shell is touched, and terminals elsewhere know nothing of it.
 */
export function addToTerminalPath(context: vscode.ExtensionContext, { distribution, log }: Services): vscode.Disposable {
  const { environmentVariableCollection: variables, globalStorageUri } = context;
  // Outside the extension's own folder, whose path changes with every version: open terminals would be out of date.
  const folder = join(globalStorageUri.fsPath, "bin");

  const apply = async () => {
    if (!vscode.workspace.getConfiguration().get<boolean>(settings.addToPath, true)) {
      variables.clear();
      return;
    }
    await writeLauncher(folder, distribution);
    variables.description = "Makes the `aihub` command available.";
    // Also after the shell's own start files, which may set the PATH anew.
    variables.prepend("PATH", folder + delimiter, { applyAtProcessCreation: true, applyAtShellIntegration: true });
  };
  const applyAndTell = () => void apply().catch((error: unknown) => log.warn(`The aihub command is not in terminals. ${messageOf(error)}`));

  applyAndTell();
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(settings.addToPath)) applyAndTell();
  });
}

async function writeLauncher(folder: string, distribution: string): Promise<void> {
  const { name, text } = launcherFile(process.platform, process.execPath, join(distribution, "cli.mjs"));
  const file = join(folder, name);
  if ((await readFile(file, "utf8").catch(() => "")) === text) return;
  await mkdir(folder, { recursive: true });
  // Whole or not at all: a terminal of another window may just be starting it.
  await replaceFile(file, text, { mode: 0o755 });
  await chmod(file, 0o755);
}
