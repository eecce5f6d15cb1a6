import { homedir } from "node:os";
import { resolve } from "node:path";
import type { ShellWord } from "./shellParser";

/** A program as a command runs it. */
export interface Program {
  name: string;
  /** As it was written. */
  path: string;
  args: ShellWord[];
}

const keywords = new Set(["if", "then", "elif", "else", "while", "until", "do", "!", "{", "time"]);
/** Programs that run another one, which is given to them after options of their own. */
const launchers = new Set(["sudo", "doas", "env", "command", "builtin", "exec", "nohup", "nice", "ionice", "timeout", "stdbuf", "setsid", "xargs", "parallel", "watch", "busybox"]);

const shells = new Set(["sh", "bash", "zsh", "dash", "ksh", "source", ".", "eval"]);
const interpreter = /^(?:python[\d.]*|node|nodejs|deno|bun|tsx|perl|ruby|php)$/;
const greps = new Set(["grep", "egrep", "fgrep", "zgrep"]);
const treeGreps = new Set(["rgrep", "rg", "ag", "ack"]);
const archivers = new Set(["tar", "bsdtar", "zip", "7z", "7za", "cpio", "rsync"]);
const copiers = new Set(["cp", "scp", "mv", "rm"]);
/** With `-R`, they change whole trees. */
const changers = new Set(["chmod", "chown", "chgrp"]);
const finders = new Set(["find", "fd", "fdfind", "locate", "plocate"]);
/** They do something to each of the names that they read. */
const listReaders = new Set(["xargs", "parallel", "while", "cpio"]);

/** `sudo nice find … -exec …`: nobody writes more in a row. */
const mostPrograms = 8;
const longestFolder = 1024;
/** They set where the commands after them run. */
const movers = new Set(["cd", "pushd", "popd"]);
const executes = /^(?:-exec|-execdir|-ok|-okdir|-x|-X|--exec|--exec-batch)$/;

const isInterpreter = (name: string) => shells.has(name) || interpreter.test(name);
const readsTrees = (name: string) => name === "git" || [greps, treeGreps, archivers, copiers, changers, finders].some((names) => names.has(name));

/** The programs that a simple command runs: its own, and those that this one runs with what it is given. */
export function programsOf(words: readonly ShellWord[]): Program[] {
  const programs: Program[] = [];
  let rest = words;
  while (programs.length < mostPrograms) {
    const program = programAt(rest, rest.findIndex(({ text, isQuoted }) => (isQuoted || !keywords.has(text)) && !/^[A-Za-z_]\w*=/.test(text)));
    if (!program) break;
    programs.push(program);
    const { name, args } = program;
    const isFinder = finders.has(name);
    // `xargs -n 1 grep …`: what the launcher's own options take is not known here.
    const next = args.findIndex(({ text }) => (isFinder ? executes.test(text) : launchers.has(name) && isOfInterest(nameOf(text))));
    if (next === -1) break;
    rest = args.slice(isFinder ? next + 1 : next);
  }
  return programs;
}

function programAt(words: readonly ShellWord[], index: number): Program | undefined {
  const word = words[index];
  return word && { name: nameOf(word.text), path: word.text, args: words.slice(index + 1) };
}

const isOfInterest = (name: string) => launchers.has(name) || movers.has(name) || isInterpreter(name) || readsTrees(name);

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.exe$/, "");
}

/** Where a program leaves the shell: in its own folder, mostly. `-` and what was pushed lead back to `before`. */
export function folderAfter(programs: readonly Program[], folder: string, before: string): string {
  const mover = programs.find(({ name }) => movers.has(name));
  if (!mover) return folder;
  const [target] = operandsOf(mover.args);
  if (mover.name === "popd" || target?.text === "-") return before;
  const next = resolve(folder, target?.text ?? homedir());
  return next.length > longestFolder ? folder : next;
}

/** The folders that a program is told to run in: `tar -C ~ -c .`, `git -C ~ add .`, `git --work-tree=$HOME add .` */
export function ownFolders({ args }: Program, folder: string): string[] {
  return args.flatMap(({ text }, index) => {
    const [, given] = /^(?:-C|--directory|--work-tree)=?(.*)$/.exec(text) ?? [];
    if (given === undefined) return [];
    return [resolve(folder, given === "" ? (args[index + 1]?.text ?? "") : given)];
  });
}

/** Whether AIHub's own command is run to print a token, to hand one to a program, or to sign somebody in or out. */
export function callsForTokens(words: readonly ShellWord[]): boolean {
  return words.some(({ text }, index) => {
    if (!/^(?:aihub(?:\.cmd)?|cli\.mjs)$/.test(nameOf(text))) return false;
    const args = words.slice(index + 1).map((word) => word.text);
    const [command, action = ""] = args.filter((word) => !word.startsWith("-"));
    // Behind `exec` and its options, it is another program's.
    if (command === "exec") return !isHelp(args[args.indexOf(command) + 1]);
    return command === "auth" && /^(?:token|logout|login|import)$/.test(action) && !args.some(isHelp);
  });
}

const isHelp = (word?: string) => word === "--help" || word === "-h";

/** Whether a loop or a program goes on with the names that another command found. */
export function readsList([first]: readonly ShellWord[], programs: readonly Program[]): boolean {
  return (first !== undefined && listReaders.has(first.text)) || programs.some(({ name }) => listReaders.has(name));
}

/** Whether it is a shell, which runs what it is given as its text or on standard input. */
export function isShell({ name }: Program): boolean {
  return shells.has(name);
}

/** Whether it runs a text of a language that is not read here. */
export function runsOtherText({ name }: Program): boolean {
  return interpreter.test(name);
}

/** A text that a shell is given on its command line. */
export function givenShellText({ name, args }: Program): string | undefined {
  if (name === "eval") return args.map(({ text }) => text).join(" ");
  const option = args.findIndex(({ text }) => /^-\w*c$/.test(text));
  return option === -1 ? undefined : args[option + 1]?.text;
}

export function operandsOf(args: readonly ShellWord[]): ShellWord[] {
  const end = args.findIndex(({ text }) => text === "--");
  const before = end === -1 ? args : args.slice(0, end);
  return [...before.filter(({ text }) => !/^-./.test(text)), ...(end === -1 ? [] : args.slice(end + 1))].filter(({ text }) => text !== "");
}

/**
 * The folders whose trees a program reads, changes or acts upon, as they are given to it.
 *
 * @param isActedOn whether what a finder finds is given to something else
 * @param isPipedInto whether it has something else to read
 */
export function treesOf({ name, args: given }: Program, isActedOn: boolean, isPipedInto: boolean): string[] {
  const args = given.filter((_word, index) => !/^(?:-C|--directory)$/.test(given[index - 1]?.text ?? ""));
  const has = (option: RegExp) => args.some(({ text }) => option.test(text));
  const operands = pathsOf(args);
  if (greps.has(name) || treeGreps.has(name)) {
    const isRecursive = treeGreps.has(name) || has(/^-\w*[rR]|^--(?:dereference-)?recursive$/);
    if (!isRecursive) return [];
    const paths = searchedPaths(args);
    return isPipedInto && treeGreps.has(name) ? paths : orHere(paths);
  }
  if (name === "find") return isActedOn || has(/^-(?:exec|ok|delete|fprint|files0)/) ? startsOf(args) : [];
  if (finders.has(name)) {
    if (!isActedOn && !has(executes)) return [];
    if (!name.startsWith("fd")) return ["/"];
    return operands.length > 1 ? operands.slice(1) : ["."];
  }
  if (name === "git") return gitTrees(given);
  if (changers.has(name)) return has(/^-\w*R|^--recursive$/) ? operands : [];
  const isCopied = name === "rsync" || name === "mv" || (copiers.has(name) && has(/^-\w*[arR]|^--(?:recursive|archive)$/));
  // What is copied is read; what it is copied to is not.
  if (isCopied) return operands.length > 1 && name !== "rm" && !has(/^-\w*t$|^--target/) ? operands.slice(0, -1) : pathsOf(name === "rsync" ? args : withoutTarget(args));
  return archivers.has(name) ? operands : [];
}

/** `cp -rt ~ src`: what follows is the target. */
function withoutTarget(args: readonly ShellWord[]): ShellWord[] {
  return args.filter((_word, index) => !/^-\w*t$|^--target-directory$/.test(args[index - 1]?.text ?? ""));
}

/** What git takes in, removes or compares whole: without a path, all that lies below. */
function gitTrees(args: readonly ShellWord[]): string[] {
  const takesValue = /^(?:-C|-c|--(?:git-dir|work-tree|namespace|exec-path))$/;
  const at = args.findIndex(({ text }, index) => !text.startsWith("-") && !takesValue.test(args[index - 1]?.text ?? ""));
  const rest = args.slice(at + 1);
  const has = (option: RegExp) => rest.some(({ text }) => option.test(text));
  const paths = pathsOf(rest);
  switch (args[at]?.text) {
    case "add":
    case "stage":
      return paths.length === 0 && has(/^-A|^--all$/) ? ["."] : paths;
    case "commit":
      return has(/^-[^-mFCct]*a|^--all$/) ? ["."] : [];
    case "stash":
      return has(/^-[^-m]*[ua]|^--(?:include-untracked|all)$/) ? ["."] : [];
    case "clean":
      return paths.length === 0 && has(/^-[^-e]*f|^--force$/) ? ["."] : paths;
    case "diff":
      return has(/^--no-index$/) ? paths : [];
    case "grep":
      return has(/^--no-index$/) ? orHere(searchedPaths(rest)) : [];
    default:
      return [];
  }
}

const orHere = (paths: string[]) => (paths.length > 0 ? paths : ["."]);

/** Operands that can be paths: a pattern of slashes, or a separator, looks like the root. */
function pathsOf(args: readonly ShellWord[]): string[] {
  return operandsOf(args).filter(({ text, isQuoted }) => !(isQuoted && /^\/+$/.test(text))).map(({ text }) => text);
}

/** The first operand of `grep` is its pattern, unless an option has given one; a number belongs to an option. */
function searchedPaths(args: readonly ShellWord[]): string[] {
  const words = args.filter(({ text }) => !/^\d+$/.test(text));
  const option = words.findIndex(({ text }) => /^-[a-zA-Z]*[ef]$|^--(?:regexp|file)$/.test(text));
  if (option !== -1) return pathsOf(words.filter((_word, index) => index !== option + 1));
  if (words.some(({ text }) => /^-e.|^--(?:regexp|file)=|^--files$/.test(text))) return pathsOf(words);
  const [pattern] = operandsOf(words);
  return pathsOf(words.filter((word) => word !== pattern));
}

/** `find` takes folders up to the first test. */
function startsOf(args: readonly ShellWord[]): string[] {
  const tests = args.findIndex(({ text }) => /^(?:-(?![HLPDO])|[(!])/.test(text));
  const starts = operandsOf(tests === -1 ? args : args.slice(0, tests)).map(({ text }) => text);
  return orHere(starts);
}
