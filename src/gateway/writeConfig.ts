import { rm, utimes } from "node:fs/promises";
import { replaceFile } from "../store/replaceFile";
import { notWritable } from "../store/secretFile";
import { configFile } from "./paths";

/**
 * Writes a config through a temporary file. An existing one keeps its permissions, and a link (dotfiles are often
 * linked) stays one; a new one is its owner's alone, since people put keys into it.
 *
 * @throws AIHubError `store_not_writable`, and what `ensureHeld` throws; the old text then stands.
 */
export async function writeConfig(file: string, text: string, { isNew = false, ensureHeld }: { isNew?: boolean; ensureHeld?: () => void } = {}): Promise<void> {
  try {
    await replaceFile(file, text, { mode: isNew ? 0o600 : undefined, ensureHeld });
  } catch (error) {
    throw notWritable(file, error);
  }
}

/** @throws AIHubError as `writeConfig` */
export async function removeConfig(file: string, { ensureHeld }: { ensureHeld: () => void }): Promise<void> {
  try {
    ensureHeld();
    await rm(file);
  } catch (error) {
    throw notWritable(file, error);
  }
}

/** The gateway looks for new and repaired agent folders only when its config is touched. */
export async function touchConfig(home: string): Promise<void> {
  const now = new Date();
  // An agent's folder can stand alone, without a config.
  await utimes(configFile(home), now, now).catch(() => {});
}
