import type * as z from "zod/mini";
import { AIHubError } from "../common/errors";
import { readSecretFile, type OnRepair } from "./secretFile";

/**
 * A JSON file, checked where it enters. `undefined` when there is no file, or an empty one.
 *
 * @throws AIHubError `store_invalid` with the place and what was expected, `store_not_secure`
 */
export async function readJsonFile<T>(file: string, schema: z.ZodMiniType<T>, onRepair?: OnRepair): Promise<T | undefined> {
  const text = await readSecretFile(file, onRepair);
  if (text === undefined || text.trim() === "") return undefined;
  const result = schema.safeParse(parseJson(file, text));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.map(String).join(".");
  throw new AIHubError("store_invalid", { file, reason: `${path || "it"} is not as expected (${issue?.code ?? "unknown"})` });
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text around the fault, which may be a token.
    throw new AIHubError("store_invalid", { file, reason: "it is not valid JSON" });
  }
}

export function toJsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
