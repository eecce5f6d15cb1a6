import { constants } from "node:fs";
import { copyFile, link } from "node:fs/promises";
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
