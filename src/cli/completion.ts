import type { Argument, Command, Option } from "commander";
import { listProfiles } from "../auth/profiles";
import { readAgents } from "../gateway/config";
import { neighbours } from "../providers/neighbours";
import { providers } from "../providers/registry";
import { createFileCredentialStore } from "../store/fileCredentialStore";
import { aihubHome } from "../store/paths";

/** A value, and what it is, for shells that show it. */
export interface Candidate {
  value: string;
  description: string;
}

/** What may stand in a place is known by the place's name in the help (`<provider>`). */
const sources: Readonly<Record<string, () => Promise<Candidate[]>>> = {
  provider: () => Promise.resolve(providerCandidates()),
  profile: profileCandidates,
  "provider|profile": async () => [...providerCandidates(), ...(await profileCandidates())],
  agent: agentCandidates,
  program: () => Promise.resolve(neighbours.map(({ id, name }) => ({ value: id, description: name }))),
};

/**
 * What can stand in the place of the last of `words` (those after `aihub`), which is begun or empty.
 *
 * @returns `undefined` where the shell's own names of files are what one wants.
 */
export async function candidates(program: Command, words: readonly string[]): Promise<Candidate[] | undefined> {
  const current = words.at(-1) ?? "";
  const place = walk(program, words.slice(0, -1));
  if (!place) return undefined;
  const { command, awaiting, operands, isHelp } = place;
  if (awaiting) return valuesOf(awaiting, awaiting.argChoices);
  const [, long] = /^(--[\w-]+)=/.exec(current) ?? [];
  const assigned = command.options.find((option) => option.long === long && takesValue(option));
  if (assigned) return (await valuesOf(assigned, assigned.argChoices))?.map(({ value, description }) => ({ value: `${long}=${value}`, description }));
  if (current.startsWith("-")) return optionsOf(command);
  const argument = command.registeredArguments[Math.min(operands, command.registeredArguments.length - 1)];
  const isTaken = argument && operands >= command.registeredArguments.length && !argument.variadic;
  const visible = command.createHelp().visibleCommands(command);
  const subcommands = isHelp ? visible.filter((each) => each.name() !== "help") : visible;
  const named = (operands === 0 ? subcommands : []).map((each) => ({ value: each.name(), description: each.description() }));
  return argument && !isTaken ? [...named, ...((await valuesOf(argument, argument.argChoices)) ?? [])] : named;
}

interface Place {
  command: Command;
  /** The option whose value comes next. */
  awaiting?: Option;
  /** How many operands the command has already. */
  operands: number;
  /** Whether one of its commands is to be explained. */
  isHelp?: boolean;
}

/** Where the finished words lead; `undefined` inside the arguments of another program. */
function walk(program: Command, words: readonly string[]): Place | undefined {
  const place: Place = { command: program, operands: 0 };
  for (const word of words) {
    const { command, awaiting } = place;
    const subcommand = place.operands === 0 ? command.commands.find((each) => each.name() === word) : undefined;
    place.awaiting = undefined;
    if (awaiting) continue;
    if (word === "--") return undefined;
    if (word.startsWith("-")) place.awaiting = command.options.find((option) => (option.short === word || option.long === word) && takesValue(option));
    else if (subcommand && !place.isHelp) place.command = subcommand;
    else if (word === "help" && command.commands.length > 0 && place.operands === 0 && !place.isHelp) place.isHelp = true;
    else place.operands++;
    if (place.operands > 0 && place.command.name() === "exec") return undefined;
  }
  return place;
}

const takesValue = ({ required, optional }: Option) => required || optional;

async function valuesOf(holder: Option | Argument, choices: readonly string[] | undefined): Promise<Candidate[] | undefined> {
  if (choices) return choices.map((value) => ({ value, description: "" }));
  const flags = "flags" in holder ? holder.flags : `<${holder.name()}>`;
  const name = /[<[]([^>\].]+)/.exec(flags)?.[1] ?? "";
  if (["folder", "command"].includes(name)) return undefined;
  // A file that cannot be read is told of by the commands, not while one types.
  return (await sources[name]?.().catch(() => [])) ?? [];
}

function optionsOf(command: Command): Candidate[] {
  return command.createHelp().visibleOptions(command).map((option) => ({ value: option.long ?? option.short ?? "", description: option.description }));
}

function providerCandidates(): Candidate[] {
  return providers.map(({ id, label }) => ({ value: id, description: label }));
}

async function profileCandidates(): Promise<Candidate[]> {
  const snapshot = await createFileCredentialStore(aihubHome()).read();
  return listProfiles(snapshot).map(({ id, label }) => ({ value: id, description: label }));
}

async function agentCandidates(): Promise<Candidate[]> {
  const { agents } = await readAgents(aihubHome());
  return agents.map(({ id, name }) => ({ value: id, description: name ?? "" }));
}
