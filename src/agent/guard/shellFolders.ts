import { statSync } from "node:fs";
import type { PlaceLookup } from "./placeLookup";
import type { ShellStep, SimpleCommand } from "./shellParser";
import { folderAfter, ownFolders, programsOf, type Program } from "./shellPrograms";

/** A command with what runs there, and where. */
export interface LocatedCommand extends SimpleCommand {
  programs: Program[];
  folder: string;
  /** Its output becomes words of another command. */
  isSubstituted: boolean;
  isPipedInto: boolean;
}

/** More folders than these are not tried for every word. */
const mostFolders = 8;
const mostTried = 200;

/** The commands in their order, each where it runs when those before it do what they are meant to. */
export function locateCommands(steps: readonly ShellStep[], start: string, isSubstituted = false): LocatedCommand[] {
  const located: LocatedCommand[] = [];
  let [folder, before, isPipedInto] = [start, start, false];
  for (const step of steps) {
    if ("steps" in step) {
      located.push(...locateCommands(step.steps, folder, isSubstituted || step.isSubstitution));
      continue;
    }
    const programs = programsOf(step.words);
    located.push({ ...step, programs, folder, isSubstituted, isPipedInto });
    const next = folderAfter(programs, folder, before);
    if (next !== folder) [folder, before] = [next, folder];
    isPipedInto = step.pipesOn;
  }
  return located;
}

/** Wherever a command's relative paths may begin, also when a command before it fails. Those above a secret place first. */
export function foldersOf(commands: readonly LocatedCommand[], start: string, lookup: PlaceLookup): string[] {
  const reached = new Set<string>();
  for (const { programs, folder } of commands) {
    if (reached.size > mostTried) break;
    for (const program of programs) ownFolders(program, folder).forEach((own) => reached.add(own));
    for (const from of [folder, start]) reached.add(folderAfter(programs, from, start));
  }
  const folders = [...reached].filter((folder) => folder !== start && isFolder(folder));
  const isNear = new Map(folders.map((folder) => [folder, lookup.isAbove(folder)]));
  return [start, ...folders.sort((one, other) => Number(isNear.get(other)) - Number(isNear.get(one)))].slice(0, mostFolders);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
