import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, resolve, sep } from "node:path";
import { lookUpPlaces, type PlaceLookup } from "./placeLookup";
import { foldersOf, locateCommands, type LocatedCommand } from "./shellFolders";
import { parseShell } from "./shellParser";
import { callsForTokens, givenShellText, isShell, operandsOf, ownFolders, readsList, runsOtherText, treesOf, type Program } from "./shellPrograms";
import { expandBraces, hiddenTexts, pathWords, readShellText, withoutLookups } from "./shellWords";

export interface ShellGuard {
  places: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

interface Look extends ShellGuard {
  lookup: PlaceLookup;
  /** How many scripts and hidden texts led here. */
  depth: number;
  /** How many more of them are taken apart, in all; of any others, the names are read. */
  texts: { left: number };
}

/** More words are not looked for on the disk. A secret place that is named is found without it. */
const mostWords = 2_000;
const longestScript = 256 * 1024;
/** Texts within texts within texts are not followed, and not more than these in all. */
const deepest = 2;
const mostTexts = 200;
/** What goes through a longer pipe is not followed. */
const longestPipe = 10;

const looksIntoProcesses = /\/proc\/[^\s;&|]*\/(?:environ|mem|fd|root|cwd)\b/;
/** As a program has it that runs AIHub's command, also as a list of words. */
const tellsTokens = /(?:\baihub|\bcli\.mjs)\b[^;&|\n]*\bauth[\s,'"]+token\b/;

/**
 * Whether a shell command names a secret place. It is judged by its text: a guard against what a model does by
 * mistake or on a stranger's advice, not a sandbox. What names a place is taken to mean it; a program that reads
 * whole trees is judged by those that it is given.
 */
export function namesSecret(command: string, guard: ShellGuard): boolean {
  return shellNamesSecret(command, { ...guard, lookup: lookUpPlaces(guard.places), depth: 0, texts: { left: mostTexts } });
}

function shellNamesSecret(source: string, look: Look): boolean {
  const text = withoutLookups(source);
  const shell = readShellText(text, look.env);
  if (namesPlace(shell.expanded, look)) return true;
  if (look.texts.left-- <= 0) return false;
  const { steps, code } = parseShell(text, shell);
  const commands = locateCommands(steps, look.cwd);
  if (leadsToSecret(code, commands, look)) return true;
  const lastReader = commands.findLastIndex(({ words, programs }) => readsList(words, programs));
  if (commands.some((command, index) => callsForTokens(command.words) || readsTreeAbove(command, index < lastReader, look))) return true;
  if (look.depth === deepest) return false;
  const written = writtenFiles(commands);
  return commands.some((_command, index) => runsSecretText(commands, index, written, look)) || hiddenTexts(text).some((hidden) => shellNamesSecret(hidden, deeper(look)));
}

const deeper = (look: Look, cwd = look.cwd): Look => ({ ...look, cwd, depth: look.depth + 1 });

/** A text of any kind: a name or an absolute path, also where it is data. */
function namesPlace(expanded: string, look: Look): boolean {
  if (looksIntoProcesses.test(expanded) || hasSecretName(expanded, look)) return true;
  const paths = pathWords(expanded, mostWords, (word) => isAbsolute(word) && !/^\/+$/.test(word));
  // A pattern with nothing in it that is sure is a comment (`/**`), or a regular expression.
  return [...paths].some((path) => look.lookup.isSecret(path) || (!/^\/[*?[]/.test(path) && look.lookup.holdsSecrets(path, true)));
}

function hasSecretName(text: string, { places }: Look): boolean {
  const holds = findPaths(text);
  return places.some((place) => holds(tailOf(place)));
}

/** Finds a path also where a program puts it together: `"~/.ai" + "hub/credentials"`, `join(home, ".aihub", "credentials")`. */
function findPaths(text: string): (path: string) => boolean {
  const views = [text, text.replace(/\s*,\s*/g, "/")].map((view) => view.replace(/[^\w./-]/g, "").replace(/\.?\/(?:\.?\/)*/g, "/").toLowerCase());
  return (path) => views.some((view) => view.includes(path.toLowerCase()));
}

/** A program that has the folder of a secret file here, and the file's name there: `d = home / ".aihub"; open(d / "auth.json")`. */
function namesSecretApart(text: string, { places, env }: Look): boolean {
  const { expanded } = readShellText(text, env);
  const holds = findPaths(expanded);
  const names = new Set(expanded.split(/[^\w.-]+/));
  return places.some((place) => {
    const folder = dirname(place);
    if (folder === homedir() || !names.has(basename(place))) return false;
    return holds(tailOf(folder)) || Object.keys(env).some((variable) => env[variable] === folder && names.has(variable));
  });
}

/** From its last hidden folder on, which no other path is likely to have. */
function tailOf(place: string): string {
  const names = place.split(sep);
  const hidden = names.findLastIndex((name) => name.startsWith("."));
  return hidden === -1 ? place : names.slice(hidden).join("/");
}

/** Words that are paths wherever the commands run, and patterns that the shell fills in. */
function leadsToSecret(code: string, commands: readonly LocatedCommand[], { env, cwd, lookup }: Look): boolean {
  const { expanded } = readShellText(code, env);
  const folders = foldersOf(commands, cwd, lookup);
  const hidesDots = !expanded.includes("dotglob");
  const paths = [...pathWords(expanded, mostWords)].flatMap((word) => (isAbsolute(word) ? [word] : folders.map((folder) => `${folder}/${word}`)));
  return paths.some((path) => lookup.isSecret(path) || lookup.holdsSecrets(path, hidesDots));
}

function readsTreeAbove(command: LocatedCommand, isRead: boolean, { lookup }: Look): boolean {
  return command.programs.some((program) => {
    const own = ownFolders(program, command.folder);
    // What `tar` is given before its `-C` lies elsewhere.
    const folders = program.name === "git" && own.length > 0 ? own : [command.folder, ...own];
    const given = treesOf(program, isRead || command.isSubstituted, command.isPipedInto).flatMap(expandBraces);
    const trees = given.flatMap((tree) => (isAbsolute(tree) ? [tree] : folders.map((folder) => `${folder}/${tree}`)));
    return trees.some((tree) => lookup.isAbove(tree));
  });
}

/** The texts that a command runs, as far as they are there to be read. */
function runsSecretText(commands: readonly LocatedCommand[], index: number, written: Map<string, string>, look: Look): boolean {
  const { programs, folder, inputs } = commands[index]!;
  const inside = deeper(look, folder);
  return programs.some((program) => {
    if (isShell(program)) return shellTexts(program, commands, index, written).some((text) => shellNamesSecret(text, inside));
    if (runsOtherText(program)) {
      const given = [...program.args.map(({ text }) => text), ...inputs].join("\n");
      return tellsTokens.test(given) || namesSecretApart(given, look) || scriptOf(program, folder).some((text) => programNamesSecret(text, look));
    }
    if (!program.path.includes("/")) return false;
    const file = resolve(folder, program.path);
    return [...textOf(file), ...takeText(file, written)].some((text) => (isShellScript(text) ? shellNamesSecret(text, inside) : programNamesSecret(text, look)));
  });
}

/** A script of another language: what is a path in it, and what a comment, is not known. */
function programNamesSecret(text: string, look: Look): boolean {
  return [text, ...hiddenTexts(text)].map((each) => readShellText(each, look.env).expanded).some((expanded) => tellsTokens.test(expanded) || namesPlace(expanded, look));
}

function shellTexts(program: Program, commands: readonly LocatedCommand[], index: number, written: Map<string, string>): string[] {
  const { folder, inputs } = commands[index]!;
  const given = givenShellText(program);
  const script = given === undefined ? [...scriptOf(program, folder), ...operandsOf(program.args).flatMap(({ text }) => takeText(resolve(folder, text), written))] : [given];
  return [...script, ...inputs, ...(script.length === 0 ? printedFor(commands, index) : [])];
}

/** What the commands before it in a pipe may print: `echo 'tar cz ~' | sh`. */
function printedFor(commands: readonly LocatedCommand[], index: number): string[] {
  const printers = [];
  for (let at = index - 1; commands[at]?.pipesOn && printers.length < longestPipe; at--) printers.push(commands[at]);
  return printers.map((printer) => (printer ? printedBy(printer) : ""));
}

/** What the commands may write, by file: `echo 'tar cz ~' > x.sh; sh x.sh`. */
function writtenFiles(commands: readonly LocatedCommand[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const command of commands) {
    for (const output of command.outputs) {
      const file = resolve(command.folder, output);
      files.set(file, [files.get(file) ?? "", ...command.inputs, printedBy(command)].join("\n"));
    }
  }
  return files;
}

/** However often a file is run, its text is read once. */
function takeText(file: string, written: Map<string, string>): string[] {
  const text = written.get(file);
  written.delete(file);
  return text === undefined ? [] : [text];
}

function printedBy({ words }: LocatedCommand): string {
  return words.slice(1).map(({ text }) => text).join(" ");
}

function scriptOf({ args }: Program, folder: string): string[] {
  for (const { text } of operandsOf(args)) {
    const [script] = textOf(resolve(folder, text));
    if (script !== undefined) return [script];
  }
  return [];
}

function isShellScript(text: string): boolean {
  const [, first] = /^#!([^\n]*)/.exec(text) ?? [];
  return first === undefined || /sh\b/.test(first);
}

function textOf(file: string): string[] {
  try {
    const stats = statSync(file);
    const text = stats.isFile() && stats.size < longestScript ? readFileSync(file, "utf8") : "\0";
    return text.includes("\0") ? [] : [text];
  } catch {
    return [];
  }
}
