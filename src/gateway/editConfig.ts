import { isDeepStrictEqual } from "node:util";
import { AIHubError, isAIHubError } from "../common/errors";
import { isRecord } from "../common/record";
import { fileLock, withLock } from "../store/lock";
import { openDocument, readConfigText } from "./config";
import type { ConfigDocument } from "./document";
import { configFile } from "./paths";
import { touchConfig, writeConfig } from "./writeConfig";

type Path = readonly (string | number)[];

/**
 * The text with one value set (or, for `undefined`, removed), read back to be sure that nothing else has changed with
 * it: an anchor may share a value with another place.
 *
 * @throws AIHubError `config_invalid`
 */
export function editConfig(file: string, text: string, path: Path, value: unknown): string {
  const before = openDocument(file, text);
  const next = before.with(path, value);
  const after = readBack(file, next);
  const isGood = after && isDeepStrictEqual(valueAt(after.value, path), value) && isDeepStrictEqual(without(after.value, path), without(before.value, path));
  if (isGood) return next;
  throw new AIHubError("config_invalid", { file, ...before.position(path), reason: `${path.join(".")} is shared with another place or cannot be edited in place; change it by hand` });
}

/**
 * Changes one of the gateway's files under a lock, by a temporary file and a rename. `change` gets the text that stands there.
 *
 * @throws AIHubError `config_missing`, `config_invalid`, `store_busy`, `store_not_writable`, and what `change` throws; nothing is written then
 */
export async function changeConfig(home: string, file: string, change: (text: string) => Promise<string> | string): Promise<void> {
  await withLock(file, fileLock, async (ensureHeld) => {
    const text = await readConfigText(file);
    const next = await change(text);
    if (next === text) return;
    await writeConfig(file, next, { ensureHeld });
    if (file !== configFile(home)) await touchConfig(home);
  });
}

/** `undefined` for what does not parse any more: the fault is the edit's, in a form that it does not know. */
function readBack(file: string, text: string): ConfigDocument | undefined {
  try {
    return openDocument(file, text);
  } catch (error) {
    if (isAIHubError(error, "config_invalid")) return undefined;
    throw error;
  }
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((each, key) => (each as Record<string | number, unknown> | null | undefined)?.[key], value);
}

/** The value without what stands at `path`, and without maps on the way that hold nothing else. */
function without(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return undefined;
  if (Array.isArray(value)) return value.map((each, index) => (index === key ? without(each, rest) : (each as unknown)));
  if (!isRecord(value)) return undefined;
  const { [key]: inner, ...others } = value;
  const left = rest.length > 0 ? without(inner, rest) : undefined;
  return left === undefined || (isRecord(left) && Object.keys(left).length === 0) ? others : { ...others, [key]: left };
}
