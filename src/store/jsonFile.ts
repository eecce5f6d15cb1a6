import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type * as z from "zod/mini";
import { AIHubError, isAIHubError } from "../common/errors";
import { isRecord } from "../common/record";
import { putAside } from "./leftovers";
import { indexVersion } from "./schema";
import { notWritable, readSecretFile, refuseLink, writeSecretFile, type OnRepair } from "./secretFile";

/** What a file holds; with a `fault` of the file itself, it is what its copy holds. */
export interface FileContent<T> {
  value: T | undefined;
  fault?: AIHubError;
}

/** Long enough for a peer that writes in place to finish, in ms. */
const halfWrittenTime = 20;

/**
 * A JSON file, checked where it enters. A file that is half written is read again; one that stays broken is stood in
 * for by the copy that was made with the last write. `value` is `undefined` when there is no file.
 *
 * @throws AIHubError `store_invalid` when the copy is of no use either, `store_newer`, `store_not_secure`
 */
export async function readJsonFile<T>(file: string, schema: z.ZodMiniType<T>, onRepair?: OnRepair): Promise<FileContent<T>> {
  for (let attempt = 0; ; attempt++) {
    try {
      return { value: await readOnce(file, schema, onRepair) };
    } catch (error) {
      if (!isAIHubError(error, "store_invalid")) throw error;
      if (attempt === 0) {
        await pause(halfWrittenTime);
        continue;
      }
      const copy = await readOnce(copyOf(file), schema, onRepair).catch(() => undefined);
      if (copy !== undefined) return { value: copy, fault: error };
      throw error;
    }
  }
}

interface WriteJsonOptions {
  /** The file could not be read: it stays beside the new one, or is not replaced where that fails. */
  replacesBroken: boolean;
  ensureHeld: () => void;
}

/**
 * Replaces the file, then its copy.
 * @returns where a file that could not be read stands now.
 * @throws AIHubError `store_not_writable`, and what `ensureHeld` throws; the old content then stands.
 */
export async function writeJsonFile(file: string, value: unknown, { replacesBroken, ensureHeld }: WriteJsonOptions): Promise<string | undefined> {
  const text = textOf(value);
  let aside: string | undefined;
  try {
    if (replacesBroken) aside = await putAside(file);
    await writeSecretFile(file, text, { ensureHeld });
  } catch (error) {
    // It stands under its own name: each further try would leave another.
    if (aside) await rm(aside).catch(() => {});
    throw notWritable(file, error);
  }
  // The file stands already: its copy may reach the disk when it will, or be made with the next write.
  await writeCopy(copyOf(file), text, ensureHeld).catch(() => {});
  return aside;
}

/** It is nobody's arrangement but ours: a link in its place is removed, not followed. */
async function writeCopy(copy: string, text: string, ensureHeld: () => void): Promise<void> {
  await refuseLink(copy).catch(() => rm(copy));
  await writeSecretFile(copy, text, { fsync: false, ensureHeld });
}

/** By how much a file may grow until it is written, and others that are written before it, in bytes. */
const growth = 16 * 1024;

/**
 * Makes sure that the disk would take the file with this value, by a file of that size for a moment. Only so is it known:
 * a quota, or another machine's disk, shows in no figure of free space. To be called by the holder of the file's lock.
 *
 * @throws AIHubError `store_not_writable`
 */
export async function ensureRoom(file: string, value: unknown): Promise<void> {
  // Of one that is killed meanwhile, this is left: named so, it goes with a sign-out (see leftovers.ts), or the next time.
  const sample = `${file}.0`;
  try {
    await rm(sample, { force: true });
    // A disk that compresses would take zeros at any time.
    await writeFile(sample, randomBytes(Buffer.byteLength(textOf(value)) + growth), { flag: "wx", mode: 0o600 });
  } catch (error) {
    throw notWritable(file, error);
  } finally {
    await rm(sample, { force: true }).catch(() => {});
  }
}

function textOf(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function copyOf(file: string): string {
  return `${file}.last-good`;
}

async function readOnce<T>(file: string, schema: z.ZodMiniType<T>, onRepair?: OnRepair): Promise<T | undefined> {
  const text = await readSecretFile(file, onRepair);
  if (text === undefined) return undefined;
  const value = parseJson(file, text);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  if (isRecord(value) && typeof value.version === "number" && value.version > indexVersion) throw new AIHubError("store_newer", { file });
  const issue = result.error.issues[0];
  const path = issue?.path.map(String).join(".");
  throw new AIHubError("store_invalid", { file, reason: `${path || "it"} is not as expected (${issue?.code ?? "unknown"})` });
}

function parseJson(file: string, text: string): unknown {
  if (text.trim() === "") throw new AIHubError("store_invalid", { file, reason: "it is empty" });
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text around the fault, which may be a token.
    throw new AIHubError("store_invalid", { file, reason: "it is not valid JSON" });
  }
}
