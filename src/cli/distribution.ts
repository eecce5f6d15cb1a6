import { realpathSync } from "node:fs";
import { dirname } from "node:path";

/** The folder of the command's own bundle. The command itself is often a link to it. */
export function distribution(): string {
  return dirname(realpathSync(process.argv[1] ?? ""));
}
