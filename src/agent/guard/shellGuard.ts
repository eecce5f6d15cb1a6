import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, resolve, sep } from "node:path";
import { matchesGlob } from "./glob";
import { isSecret, realPath } from "./secretPlaces";
import { expandCommand, hiddenTexts, pathWords } from "./shellWords";

export interface ShellGuard {
  places: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** Prints a token: what is guarded here, by its front door. */
const tellsTokens = /(?:\baihub|\bcli\.mjs)\b[^;&|\n]*\bauth\s+token\b/;
const looksIntoProcesses = /\/proc\/[^\s;&|]*\/(?:environ|mem|fd|root|cwd)\b/;
/** Programs that read all that is below a folder. */
const readsTrees = /\b(?:rgrep|rg|ag|ack|tar|bsdtar|zip|7z|rsync|cpio)\b|\bgrep\b[^;&|]*\s-(?:\w*[rR]|-(?:dereference-)?recursive)|\b(?:cp|scp|mv)\b[^;&|]*\s-\w*[arR]/;
const actsOnFound = /\b(?:find|fd|fdfind|locate|plocate)\b[^]*(?:-exec|-ok|-delete|\bxargs\b|\bwhile\b|\bcpio\b)|(?:\$\(|`)\s*(?:find|fd|fdfind|locate|plocate)\b/;

/**
 * Whether a shell command names a secret place. It is judged by its text: a guard against what a model does by
 * mistake or on a stranger's advice, not a sandbox. Where the text is not clear, it is taken to.
 */
export function namesSecret(command: string, guard: ShellGuard, depth = 0): boolean {
  const expanded = expandCommand(command, guard.env);
  if (tellsTokens.test(expanded) || looksIntoProcesses.test(expanded) || hasSecretName(expanded, guard)) return true;
  const bases = foldersOf(expanded, guard.cwd);
  const words = pathWords(expanded);
  const paths = words.flatMap((word) => (isAbsolute(word) ? [word] : bases.map((base) => `${base}/${word}`)));
  const hidesDots = !expanded.includes("dotglob");
  if (paths.some((path) => isSecret(path, guard.places) || holdsSecrets(path, hidesDots, guard))) return true;
  if ((readsTrees.test(expanded) || actsOnFound.test(command)) && treesOf(paths, bases).some((tree) => isAbove(tree, guard))) return true;
  if (depth > 1) return false;
  const inner = [...scriptsOf(expanded, bases), ...hiddenTexts(command)];
  return inner.some((text) => namesSecret(text, guard, depth + 1));
}

/** Also one that is put together by a program: `"~/.ai" + "hub/credentials"`. */
function hasSecretName(text: string, { places }: ShellGuard): boolean {
  const squeezed = text.replace(/[^\w./-]/g, "").toLowerCase();
  return places.some((place) => squeezed.includes(tailOf(place).toLowerCase()));
}

/** From its last hidden folder on, which no other path is likely to have. */
function tailOf(place: string): string {
  const names = place.split(sep);
  const hidden = names.findLastIndex((name) => name.startsWith("."));
  return hidden === -1 ? place : names.slice(hidden).join("/");
}

/** The workspace, and wherever a command goes on its way. */
function foldersOf(expanded: string, cwd: string): string[] {
  const bases = [cwd];
  for (const [, target = ""] of expanded.matchAll(/(?:^|[\s;&|(])(?:cd|pushd|-C|--directory)(?:[ \t=]+([^\s;&|)]*))?/g)) {
    if (bases.length > 50) break;
    bases.push(...bases.map((base) => resolve(base, target === "" || target.startsWith("-") ? homedir() : target)));
  }
  return [...new Set(bases)];
}

/** The folder of a secret file itself, or a pattern that fits it or the folder. */
function holdsSecrets(written: string, hidesDots: boolean, { places }: ShellGuard): boolean {
  const path = resolve(written);
  const targets = [...places, ...places.map((place) => dirname(place)).filter((folder) => folder !== homedir())];
  return /[*?[]/.test(path) ? targets.some((target) => matchesGlob(target, path, hidesDots)) : targets.includes(path) || targets.includes(realPath(written));
}

/** What a program that reads trees is given; without a path, where it runs. */
function treesOf(paths: readonly string[], bases: readonly string[]): readonly string[] {
  const named = paths.filter((path) => existsSync(path));
  return named.length > 0 ? named : bases;
}

function isAbove(path: string, { places }: ShellGuard): boolean {
  const folder = realPath(path).replace(/\/$/, "") + sep;
  return places.some((place) => place.startsWith(folder) || realPath(place).startsWith(folder));
}

/** The texts of the scripts that a command runs. */
function scriptsOf(expanded: string, bases: readonly string[]): string[] {
  const interpreted = expanded.matchAll(/(?:^|[\s;&|(])(?:(?:ba|z|da|k)?sh|source|\.|python[\d.]*|node|deno|bun|perl|ruby|php)\s+(?:-\S+\s+)*([^\s;&|)<]+)/g);
  const started = expanded.matchAll(/(?:^|[;&|(]\s*)(\.{0,2}\/[^\s;&|)]+)/g);
  return [...interpreted, ...started].flatMap(([, name = ""]) => bases.flatMap((base) => textOf(resolve(base, name))));
}

function textOf(file: string): string[] {
  try {
    const stats = statSync(file);
    const text = stats.isFile() && stats.size < 256 * 1024 ? readFileSync(file, "utf8") : "\0";
    return text.includes("\0") ? [] : [text];
  } catch {
    return [];
  }
}
