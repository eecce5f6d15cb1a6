import { rm, utimes } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { AIHubError, systemCode } from "../common/errors";
import { configFile } from "./paths";

/**
 * Writes a config through a temporary file. An existing one keeps its permissions, and a link (dotfiles are often
 * linked) stays one; a new one is its owner's alone, since people put keys into it.
 *
 * @throws AIHubError `store_not_writable`
 */
export async function writeConfig(file: string, text: string, { isNew = false } = {}): Promise<void> {
  try {
    await writeFileAtomic(file, text, isNew ? { mode: 0o600 } : {});
  } catch (error) {
    throw new AIHubError("store_not_writable", { file, reason: systemCode(error) }, { cause: error });
  }
}

/** @throws AIHubError `store_not_writable` */
export async function removeConfig(file: string): Promise<void> {
  try {
    await rm(file);
  } catch (error) {
    throw new AIHubError("store_not_writable", { file, reason: systemCode(error) }, { cause: error });
  }
}

/** The gateway looks for new and repaired agent folders only when its config is touched. */
export async function touchConfig(home: string): Promise<void> {
  const now = new Date();
  // An agent's folder can stand alone, without a config.
  await utimes(configFile(home), now, now).catch(() => {});
}
