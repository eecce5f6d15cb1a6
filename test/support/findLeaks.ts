import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export interface LeakSearch {
  secrets: number;
  files: number;
  /** Where a secret was found, `file:line`. */
  leaks: string[];
}

/** Searches every file under `folder` for the secrets listed in `secretsFile`, one a line. */
export function findLeaks(secretsFile: string, folder: string): LeakSearch {
  const listed = existsSync(secretsFile) ? readFileSync(secretsFile, "utf8").split("\n") : [];
  const secrets = [...new Set(listed.filter((secret) => secret.length >= 12))];
  const files = existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []))
    : [];
  const leaks = files.flatMap((file) => {
    const lines = readFileSync(file, "latin1").split("\n");
    return lines.flatMap((line, index) => (secrets.some((secret) => line.includes(secret)) ? [`${relative(folder, file)}:${index + 1}`] : []));
  });
  return { secrets: secrets.length, files: files.length, leaks };
}
