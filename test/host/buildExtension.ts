import { copyFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

/** Builds a small extension, TypeScript here and plain JavaScript where the editor loads it, into `folder`, which it returns. */
export async function buildExtension(source: string, folder: string): Promise<string> {
  await build({
    entryPoints: [path.join(source, "extension.ts")],
    outfile: path.join(folder, "extension.js"),
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["vscode"],
  });
  await copyFile(path.join(source, "package.json"), path.join(folder, "package.json"));
  return folder;
}
