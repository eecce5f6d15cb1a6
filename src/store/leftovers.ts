import { constants } from "node:fs";
import { copyFile, link, lstat, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { systemCode } from "../common/errors";

/**
 * Gives a file that cannot be read a second name, under which it stays when its first is written to. Nobody sees a
 * moment without the file: that would be a sign-out of everybody. Gives the second name, `undefined` when the file is gone.
 */
export async function putAside(file: string): Promise<string | undefined> {
  const aside = `${file}.broken-${Date.now()}`;
  try {
    // Some mounts know no links; the copy takes the file's permissions over, which reading it has narrowed.
    await link(file, aside).catch(() => copyFile(file, aside, constants.COPYFILE_EXCL));
    return aside;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

const minute = 60_000;
const day = 24 * 60 * minute;

/**
 * Removes what may hold tokens of an account that has signed out: temporary files of writers that were killed, and
 * files put aside more than a day ago. To be called by the holder of the file's lock: nobody else then writes one. Best effort: the sign-out itself is done.
 */
export async function removeLeftovers(file: string): Promise<void> {
  const directory = dirname(file);
  for (const name of await readdir(directory).catch(() => [])) {
    if (!name.startsWith(basename(file))) continue;
    const ending = name.slice(basename(file).length);
    const path = join(directory, name);
    if (await isLeftover(ending, path)) await rm(path).catch(() => {});
  }
}

async function isLeftover(ending: string, path: string): Promise<boolean> {
  const putAsideAt = /^\.broken-(\d+)$/.exec(ending)?.[1];
  if (putAsideAt) return Date.now() - Number(putAsideAt) > day;
  // As write-file-atomic names them, of the file and of its copy.
  if (!/^(?:\.last-good)?\.\d+$/.test(ending)) return false;
  return lstat(path).then((stats) => stats.isFile() && Date.now() - stats.mtimeMs > minute, () => false);
}
