import { chmod, open, type FileHandle } from "node:fs/promises";
import { systemCode } from "../common/errors";

export interface ReplaceOptions {
  /** Otherwise that of the file that is replaced, as its owner is in any case. */
  mode?: number;
  fsync?: boolean;
  /** The check of a lock (see lock.ts), made when all is ready to take the old file's place; what it throws leaves the old one. */
  ensureHeld?: () => void;
}

/**
 * Replaces a file, or what a link leads to, by way of a temporary one beside it: at any moment it has the old text or the
 * new one, whole.
 *
 * write-file-atomic (7.0.1) writes with a single call and takes that for done: where a nearly full disk takes only the
 * first part of the text, it would put that in the file's place. So the text is written here, into the temporary file
 * that it has made, by Node's own loop, which ends with all of it or an error; the renaming and the cleaning up are its.
 */
export async function replaceFile(file: string, text: string, { mode, fsync = true, ensureHeld }: ReplaceOptions = {}): Promise<void> {
  // Loaded with the first write: whoever only reads does without.
  const { default: writeFileAtomic } = await import("write-file-atomic");
  const options = {
    mode,
    // As soon as the text is there, below.
    fsync: false,
    // It waits for this, though its types do not say so.
    tmpfileCreated: async (temporary: string) => {
      await fill(temporary, text, fsync);
      ensureHeld?.();
    },
  };
  await writeFileAtomic(file, "", options);
}

async function fill(temporary: string, text: string, fsync: boolean): Promise<void> {
  const handle = await openToWrite(temporary);
  try {
    await handle.writeFile(text);
    if (fsync) await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Made like the file in whose place it comes, it may be read-only even to its owner. It gets its mode back in the end. */
async function openToWrite(temporary: string): Promise<FileHandle> {
  try {
    return await open(temporary, "r+");
  } catch (error) {
    if (systemCode(error) !== "EACCES") throw error;
    await chmod(temporary, 0o600);
    return open(temporary, "r+");
  }
}
