import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type * as z from "zod/mini";
import { AIHubError, isAIHubError } from "../common/errors";
import { putAside } from "./leftovers";
import { notWritable, readSecretFile, writeSecretFile, type OnRepair } from "./secretFile";

/** What a file holds; `isFromCopy` when the file itself could not be read. */
export interface FileContent<T> {
  value: T | undefined;
  isFromCopy: boolean;
}

/** Long enough for a peer that writes in place to finish, in ms. */
const halfWrittenTime = 20;

/**
 * A JSON file, checked where it enters. A file that is half written is read again; one that stays broken is stood in
 * for by the copy that was made with the last write. `value` is `undefined` when there is no file.
 *
 * @throws AIHubError `store_invalid` when the copy is of no use either, `store_not_secure`
 */
export async function readJsonFile<T>(file: string, schema: z.ZodMiniType<T>, onRepair?: OnRepair): Promise<FileContent<T>> {
  for (let attempt = 0; ; attempt++) {
    try {
      return { value: await readOnce(file, schema, onRepair), isFromCopy: false };
    } catch (error) {
      if (!isAIHubError(error, "store_invalid")) throw error;
      if (attempt === 0) {
        await pause(halfWrittenTime);
        continue;
      }
      const copy = await readOnce(copyOf(file), schema, onRepair).catch(() => undefined);
      if (copy !== undefined) return { value: copy, isFromCopy: true };
      throw error;
    }
  }
}

/**
 * Replaces the file, then its copy. A file that could not be read stays beside it; where that fails, it is not replaced.
 * @throws AIHubError `store_not_writable`; the old content then stands.
 */
export async function writeJsonFile(file: string, value: unknown, replacesBroken: boolean): Promise<void> {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  let aside: string | undefined;
  try {
    if (replacesBroken) aside = await putAside(file);
    await writeSecretFile(file, text);
  } catch (error) {
    // It stands under its own name: each further try would leave another.
    if (aside) await rm(aside).catch(() => {});
    throw notWritable(file, error);
  }
  // The file stands already: its copy may reach the disk when it will, or be made with the next write.
  await writeSecretFile(copyOf(file), text, { fsync: false }).catch(() => {});
}

function copyOf(file: string): string {
  return `${file}.last-good`;
}

async function readOnce<T>(file: string, schema: z.ZodMiniType<T>, onRepair?: OnRepair): Promise<T | undefined> {
  const text = await readSecretFile(file, onRepair);
  if (text === undefined) return undefined;
  const result = schema.safeParse(parseJson(file, text));
  if (result.success) return result.data;
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
