import { execFile } from "node:child_process";
import { mkdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A file system of 128 kB, to be filled or made read-only. */
export interface SmallDisk {
  path: string;
  /** Leaves so many blocks of 4 kB, and none where nothing is said. */
  fill(blocks?: number): Promise<void>;
  makeRoom(): Promise<void>;
  setWritable(isWritable: boolean): Promise<void>;
  remove(): Promise<void>;
}

/** Mounts it at `path`; `undefined` where that is not permitted. */
export async function mountSmallDisk(path: string): Promise<SmallDisk | undefined> {
  await mkdir(path);
  const isMounted = await run("mount", ["-t", "tmpfs", "-o", "size=128k,mode=0700", "tmpfs", path]).then(() => true, () => false);
  if (!isMounted) return undefined;
  const filling = join(path, "filling");
  return {
    path,
    async fill(blocks = 0) {
      await writeFile(filling, Buffer.alloc(512 * 1024)).catch(() => {});
      await truncate(filling, (await stat(filling)).size - blocks * 4096);
    },
    makeRoom: () => rm(filling),
    setWritable: async (isWritable) => void (await run("mount", ["-o", `remount,${isWritable ? "rw" : "ro"}`, path])),
    remove: async () => void (await run("umount", [path])),
  };
}

/** Makes it impossible to replace a file that can be written otherwise, as a file that is mounted into a container is. */
export async function holdInPlace(file: string): Promise<{ release(): Promise<void> } | undefined> {
  const isMounted = await run("mount", ["--bind", file, file]).then(() => true, () => false);
  return isMounted ? { release: async () => void (await run("umount", [file])) } : undefined;
}
