import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const line = "=".repeat(80);
const licenceFile = /^(?:licen[cs]e|copying|notice)(?:[.-][\w.-]+)?$/i;

/**
 * The licences of the packages whose code stands in bundles, as their own terms ask. The same packages give the same
 * text, whatever machine builds it.
 *
 * @param {string} root the folder of our own LICENSE, to which the paths in the metafiles are relative
 * @param {import("esbuild").Metafile[]} metafiles of all bundles
 */
export async function thirdPartyNotices(root, metafiles) {
  const folders = new Set(metafiles.flatMap(({ outputs }) => Object.values(outputs)).flatMap(bundledFolders));
  const sections = new Map();
  for (const folder of folders) {
    const { name, version, license, author } = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8"));
    sections.set(`${name} ${version} (${license})`, await licenceText(root, join(root, folder), license, author));
  }
  const intro = "AIHub for VS Code contains code of the packages below, each under a licence of its own.\n";
  return [intro, ...[...sections].sort(([a], [b]) => (a < b ? -1 : 1)).map(([title, text]) => `${line}\n${title}\n${line}\n\n${text}\n`)].join("\n");
}

/** Of packages of which something is left; the innermost `node_modules` of a path is theirs. What esbuild made itself stands in parentheses. */
function bundledFolders({ inputs }) {
  return Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? (/^(?!\().*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? []) : []));
}

async function licenceText(root, folder, license, author) {
  const files = (await readdir(folder)).filter((name) => licenceFile.test(name) && !/\.[cm]?[jt]s$/.test(name)).sort();
  const texts = await Promise.all(files.map(async (file) => (await readFile(join(folder, file), "utf8")).replaceAll("\r\n", "\n").trim()));
  if (texts.length > 0) return texts.join("\n\n");
  // Some name the licence and leave its text out. Ours is the same one, but for whose it is.
  const holder = (typeof author === "string" ? author : author?.name)?.replace(/\s*[<(].*/, "");
  if (license !== "MIT" || !holder) throw new Error(`${folder} has no text of its licence (${license}). Find it, and let notices.mjs know.`);
  return (await readFile(join(root, "LICENSE"), "utf8")).replace(/^Copyright .*$/m, `Copyright (c) ${holder}`).trim();
}
