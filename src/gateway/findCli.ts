import { constants } from "node:fs";
import { access, readFile, realpath } from "node:fs/promises";
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
  return access(file, constants.X_OK).then(() => true, () => false);
}

/** Ours stands, behind whatever links, in a package of our name; on Windows a script calls it from there. */
async function isOurs(file: string): Promise<boolean> {
  const target = await realpath(file);
  if (/aihub-vscode[\\/]+dist[\\/]+cli\.mjs/.test(target.endsWith(".cmd") ? await readFile(target, "utf8") : target)) return true;
  const manifest = await readFile(join(dirname(dirname(target)), "package.json"), "utf8").catch(() => "{}");
  return /"name":\s*"aihub-vscode"/.test(manifest);
}
