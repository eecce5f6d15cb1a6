import { readdir, stat } from "node:fs/promises";
import { isAbsolute, join, parse, resolve, sep } from "node:path";
import { expandTilde } from "../store/paths";

/** Relative to the config's own folder. */
export function absolutePattern(home: string, pattern: string): string {
  const expanded = expandTilde(pattern);
  return isAbsolute(expanded) ? expanded : resolve(home, expanded);
}

/** The folders of all patterns that hold an `agent.yaml`, each once. */
export async function expandFolders(home: string, patterns: readonly string[]): Promise<string[]> {
  return [...new Set((await Promise.all(patterns.map((pattern) => expand(home, pattern)))).flat())];
}

async function expand(home: string, pattern: string): Promise<string[]> {
  const absolute = absolutePattern(home, pattern);
  const { root } = parse(absolute);
  let folders = [root];
  for (const segment of absolute.slice(root.length).split(sep).filter(Boolean)) {
    folders = (await Promise.all(folders.map((folder) => matching(folder, segment)))).flat();
  }
  const kept = await Promise.all(folders.map(async (folder) => ((await isFile(join(folder, "agent.yaml"))) ? [folder] : [])));
  return kept.flat().sort();
}

async function matching(folder: string, segment: string): Promise<string[]> {
  if (!segment.includes("*")) return [join(folder, segment)];
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => isMatch(name, segment)).map((name) => join(folder, name));
}

/** `*` stands for any name in one segment, as in the gateway. */
export function isMatch(name: string, segment: string): boolean {
  const literal = (part: string) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return !name.startsWith(".") && new RegExp(`^${segment.split("*").map(literal).join(".*")}$`).test(name);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then((stats) => stats.isFile(), () => false);
}
