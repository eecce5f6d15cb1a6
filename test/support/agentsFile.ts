import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TemporaryHome } from "./temporaryHome";

/** Writes an aihub.json with these agents; each works in `<home>/work` unless it says otherwise. */
export async function placeAgents(home: TemporaryHome, agents: readonly Record<string, unknown>[]): Promise<string> {
  const workspace = join(home.path, "work");
  const file = join(home.aihub, "aihub.json");
  await mkdir(workspace, { recursive: true });
  await mkdir(home.aihub, { recursive: true, mode: 0o700 });
  await writeFile(file, JSON.stringify({ agents: agents.map((agent) => ({ workspace, ...agent })) }));
  return file;
}
