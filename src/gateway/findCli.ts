import { constants } from "node:fs";
import { access, readFile, realpath, stat } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { expandTilde } from "../store/paths";

/**
 * The gateway's command: the one that a setting names, else the first `aihub` on the `PATH` that is not this project's
 * own, which has the same name.
 */
export async function findGatewayCli(setting: string | undefined, env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  if (setting) return (await canRun(expandTilde(setting))) ? expandTilde(setting) : undefined;
  const names = process.platform === "win32" ? ["aihub.exe", "aihub.cmd"] : ["aihub"];
  for (const folder of (env.PATH ?? "").split(delimiter).filter(Boolean)) {
    for (const name of names) {
      const file = join(folder, name);
      if ((await canRun(file)) && !(await isOurs(file))) return file;
    }
  }
  return undefined;
}

async function canRun(file: string): Promise<boolean> {
  // A folder passes for executable.
  const isFile = await stat(file).then((each) => each.isFile(), () => false);
  return isFile && access(file, constants.X_OK).then(() => true, () => false);
}

/**
 * The command in a package of our name, also where the editor has installed it in a folder with its version
 * (`aihub.aihub-vscode-0.1.0`); and the launcher for terminals (vscode/launcherFile.ts), in the extension's storage.
 */
const ours = /aihub-vscode[^\\/]*[\\/]+dist[\\/]+cli\.mjs|aihub\.aihub-vscode[\\/]+bin[\\/]+aihub/;

/** Longer than any script that only calls another program (npm's, the editor's launcher, a person's), in bytes. */
const longestScript = 32_768;

/** Ours stands, behind whatever links, in a package of our name, or a script calls it from there. */
async function isOurs(file: string): Promise<boolean> {
  const target = await realpath(file);
  if (ours.test(target)) return true;
  const manifest = await readFile(join(dirname(dirname(target)), "package.json"), "utf8").catch(() => "{}");
  if (/"name":\s*"aihub-vscode"/.test(manifest)) return true;
  return (await stat(target)).size <= longestScript && ours.test(await readFile(target, "utf8").catch(() => ""));
}
