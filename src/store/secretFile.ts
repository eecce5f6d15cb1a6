import { constants } from "node:fs";
import { chmod, lstat, mkdir, open } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { AIHubError, isAIHubError, systemCode } from "../common/errors";
import { replaceFile, type ReplaceOptions } from "./replaceFile";

const directoryMode = 0o700;
const fileMode = 0o600;
const groupAndOthers = 0o077;
const isWindows = process.platform === "win32";

/** Told of every file or directory whose permissions were wider than its owner and have been repaired. */
export type OnRepair = (path: string) => void;

/**
 * Makes `directory` (and what is missing above it) for its owner alone; a wider one is narrowed.
 * @throws AIHubError `store_not_secure` for a link: what lies behind it could be read or swapped by others.
 */
export async function ensureSecretDirectory(directory: string, onRepair?: OnRepair): Promise<void> {
  try {
    await makeDirectory(directory);
    const stats = await lstat(directory);
    if (stats.isSymbolicLink()) throw isLink(directory);
    if (isWindows || (stats.mode & groupAndOthers) === 0 || stats.uid !== process.getuid?.()) return;
    await chmod(directory, directoryMode).then(() => onRepair?.(directory), () => {});
  } catch (error) {
    throw notWritable(directory, error);
  }
}

/**
 * Makes the home for its owner alone when it is missing, and narrows a wider `.aihub`. Any other folder may be shared
 * with something else (`AIHUB_CONFIG` names a project's), and a link may be how the person arranged it: they stay.
 */
export async function ensureHome(home: string, onRepair?: OnRepair): Promise<void> {
  try {
    await makeDirectory(home);
    if (basename(home) === ".aihub" && !(await lstat(home)).isSymbolicLink()) await ensureSecretDirectory(home, onRepair);
  } catch (error) {
    throw notWritable(home, error);
  }
}

/** Node's recursive form says ENOENT for each reason that it does not know, a read-only disk among them. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: directoryMode });
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    await mkdir(directory, { mode: directoryMode });
  }
}

/**
 * The text of a file that holds secrets, `undefined` when there is none.
 * Symbolic links and files of another owner are refused: whoever placed them could read or swap the tokens.
 *
 * @throws AIHubError `store_not_secure`, `store_invalid`
 */
export async function readSecretFile(file: string, onRepair?: OnRepair): Promise<string | undefined> {
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | (isWindows ? 0 : constants.O_NOFOLLOW));
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP") throw isLink(file);
    throw wrapped("store_invalid", file, error);
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new AIHubError("store_not_secure", { file, reason: "it is not a file" });
    if (!isWindows) {
      if (!(await isTrustedOwner(stats.uid, file))) throw new AIHubError("store_not_secure", { file, reason: "it belongs to someone else" });
      if ((stats.mode & groupAndOthers) !== 0) {
        // Some network mounts know no permissions to set; what they show is theirs.
        await handle.chmod(fileMode).then(() => onRepair?.(file), () => {});
      }
    }
    return await handle.readFile("utf8");
  } catch (error) {
    // A disk or a mount may fail after the file was opened, too.
    throw wrapped("store_invalid", file, error);
  } finally {
    await handle.close();
  }
}

/** Ourselves; or, where a network mount shows everything as somebody's, whoever the folder above belongs to as well. */
async function isTrustedOwner(uid: number, file: string): Promise<boolean> {
  if (uid === process.getuid?.()) return true;
  const folder = await lstat(dirname(file));
  // A folder that others may write to proves nothing about who put a file there.
  return folder.uid === uid && (folder.mode & groupAndOthers) === 0;
}

/** As for `replaceFile`; the mode is always 0600. */
export type WriteOptions = Omit<ReplaceOptions, "mode">;

/**
 * Replaces the file whole, in a directory for its owner alone: temporary file, rename; fsynced unless told otherwise. Mode 0600.
 * @throws AIHubError `store_not_writable`, `store_not_secure` for a link, and what `ensureHeld` throws; the old content then stands.
 */
export async function writeSecretFile(file: string, text: string, options: WriteOptions = {}): Promise<void> {
  await ensureSecretDirectory(dirname(file));
  await replaceSecretFile(file, text, options);
}

/** The same in a directory that is not ours alone and stays as it is. */
export async function replaceSecretFile(file: string, text: string, options: WriteOptions = {}): Promise<void> {
  const { fsync = true } = options;
  try {
    await refuseLink(file);
    await persistently(() => replaceFile(file, text, { ...options, mode: fileMode }));
  } catch (error) {
    throw notWritable(file, error);
  }
  if (fsync && !isWindows) await syncDirectory(dirname(file));
}

/**
 * For reading and writing alike: whoever placed a link could read or swap what lies behind it.
 * @throws AIHubError `store_not_secure`
 */
export async function refuseLink(path: string): Promise<void> {
  // What cannot be looked at can neither be read nor written, and that is said then.
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isSymbolicLink()) throw isLink(path);
}

function isLink(file: string): AIHubError {
  return new AIHubError("store_not_secure", { file, reason: "it is a symbolic link" });
}

/** A rename stands in the directory: without this, a power cut could bring the old file back, and with it a spent token. */
async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory);
    await handle.sync().finally(() => handle.close());
  } catch {
    // Some file systems cannot; the file itself is replaced.
  }
}

/** On Windows a scanner or an indexer may hold the file for a moment; a rename then fails and succeeds a little later. */
async function persistently(write: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      const isHeld = isWindows && ["EPERM", "EACCES", "EBUSY"].includes(systemCode(error) ?? "");
      if (!isHeld || attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export function notWritable(file: string, error: unknown): AIHubError {
  return wrapped("store_not_writable", file, error);
}

function wrapped(code: "store_invalid" | "store_not_writable", file: string, error: unknown): AIHubError {
  return isAIHubError(error) ? error : new AIHubError(code, { file, reason: reasonOf(error) }, { cause: error });
}

/** What a system error means to people, or its code. */
function reasonOf(error: unknown): string | undefined {
  const code = systemCode(error);
  return (code && reasons[code]) ?? code;
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EROFS: "the disk is read-only",
  EACCES: "permission denied",
  EPERM: "permission denied",
};
