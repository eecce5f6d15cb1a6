import type { ShellText } from "./shellWords";

/** A simple command: its words as the program would be given them. */
export interface SimpleCommand {
  words: ShellWord[];
  /** What it is given on standard input: here-documents and here-strings. */
  inputs: string[];
  /** The files that its output goes to. */
  outputs: string[];
  /** Whether the next command reads what it prints. */
  pipesOn: boolean;
}

/** Commands that cannot change the folder of those after them: `( … )`, or `$( … )`, whose output becomes words. */
export interface Subshell {
  steps: ShellStep[];
  isSubstitution: boolean;
}

export type ShellStep = SimpleCommand | Subshell;

export interface ShellWord {
  text: string;
  isQuoted: boolean;
}

export interface ParsedShell {
  steps: ShellStep[];
  /** The text without its here-documents. */
  code: string;
}

/** Deeper ones are taken for text. */
const deepest = 50;
/** Words and signs that are read. What comes after them is no command that a person or a model has written. */
const mostPieces = 20_000;

/**
 * The commands of a shell's text, as far as they can be told without running them. What is no proper shell comes out
 * as some commands or others; it never fails.
 */
export function parseShell(text: string, shell: ShellText): ParsedShell {
  let at = 0;
  let depth = 0;
  let pieces = 0;
  let copiedTo = 0;
  let code = "";
  const waiting: { command: SimpleCommand; end: string; isIndented: boolean }[] = [];

  const isAtEnd = () => at >= text.length || pieces++ > mostPieces;

  function take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match ?? undefined;
  }

  /** Up to `closer`, which is taken as well. */
  function list(closer: string): ShellStep[] {
    const steps: ShellStep[] = [];
    let command: SimpleCommand = { words: [], inputs: [], outputs: [], pipesOn: false };
    let word: ShellWord | undefined;
    let redirection = "";

    const add = (piece: string, isQuoted: boolean) => {
      word ??= { text: "", isQuoted: false };
      word.text += piece;
      word.isQuoted ||= isQuoted;
    };
    const endWord = () => {
      if (!word) return;
      if (redirection === "") command.words.push(word);
      if (redirection === "<<<") command.inputs.push(word.text);
      if (/^&?>[>|]?$/.test(redirection)) command.outputs.push(word.text);
      redirection = "";
      word = undefined;
    };
    const endCommand = (pipesOn = false) => {
      endWord();
      redirection = "";
      if (command.words.length === 0 && command.inputs.length === 0) return;
      command.pipesOn = pipesOn;
      steps.push(command);
      command = { words: [], inputs: [], outputs: [], pipesOn: false };
    };
    const nest = (isSubstitution: boolean) => {
      depth++;
      steps.push({ steps: list(")"), isSubstitution });
      depth--;
    };
    /** `$x`, `${x}`, `$(…)`, `` `…` ``: what they stand for, as far as it is known. */
    const expansion = (): string | undefined => {
      if (take(/\$?\(\([^]{0,1000}?\)\)/y)) return "0";
      if (depth < deepest && take(/\$\(/y)) {
        nest(true);
        return "$()";
      }
      const coded = take(/`((?:[^`\\]|\\[^])*)`/y)?.[1];
      if (coded !== undefined) {
        if (depth < deepest) steps.push({ steps: parseShell(coded, shell).steps, isSubstitution: true });
        return "$()";
      }
      const variable = take(/\$(?:\{[^}]*\}|[A-Za-z_]\w*)/y)?.[0];
      return variable === undefined ? undefined : shell.expand(variable);
    };
    const doubleQuoted = () => {
      add("", true);
      while (!isAtEnd() && !take(/"/y)) add(expansion() ?? take(/\\(["$`\\\n])/y)?.[1] ?? take(/[^"$`\\]+|[^]/y)?.[0] ?? "", true);
    };
    const unquoted = (value: string) => {
      // What a variable holds may be several words.
      const [first = "", ...others] = value.split(/\s+/);
      add(first, false);
      for (const other of others) {
        endWord();
        add(other, false);
      }
    };
    const redirect = (operator: string) => {
      if (word && /^\d+$/.test(word.text)) word = undefined;
      endWord();
      redirection = operator;
      if (!/^<<-?$/.test(operator)) return;
      const end = take(/[ \t]*([^\s;&|<>()]+)/y)?.[1]?.replace(/['"\\]/g, "");
      if (end !== undefined) waiting.push({ command, end, isIndented: operator === "<<-" });
      redirection = "";
    };

    while (!isAtEnd()) {
      let match: RegExpExecArray | undefined;
      if (take(/\\\n/y) || (!word && take(/#[^\n]*/y))) continue;
      if (take(/[ \t\r]+/y)) endWord();
      else if (take(/\n/y)) {
        endCommand();
        readDocuments();
      } else if ((match = take(/\$?'([^']*)'?/y))) add(match[1] ?? "", true);
      else if (take(/\$?"/y)) doubleQuoted();
      else if ((match = take(/\\([^])/y))) add(match[1] ?? "", true);
      else if (!word && (match = take(/~\w*(?=[/\s;&|<>)]|$)/y))) add(shell.homeSign(match[0]), false);
      else if (depth < deepest && take(/[<>]\(/y)) nest(true);
      else if ((match = take(/&>>?|<<<|<<-?|[<>]&|>>|>\||<>|[<>]/y))) redirect(match[0]);
      else if ((match = take(/\|\||&&|;;|\|&|[;&|]/y))) endCommand(/^\|&?$/.test(match[0]));
      else if ((text[at] === "$" || text[at] === "`" || text.startsWith("((", at))) unquoted(expansion() ?? take(/[^]/y)?.[0] ?? "");
      else if (depth < deepest && take(/\(/y)) {
        endCommand();
        nest(false);
      } else if (take(/[()]/y)) {
        endCommand();
        if (text[at - 1] === closer) return steps;
      } else add(take(/[^\s'"\\$`~;&|<>()]+|[^]/y)?.[0] ?? "", false);
    }
    endCommand();
    return steps;
  }

  /** Here-documents begin on the line after the command that reads them. */
  function readDocuments(): void {
    for (const { command, end, isIndented } of waiting.splice(0)) {
      const start = at;
      let line: string | undefined;
      let body = "";
      while (at < text.length && line !== end) {
        const whole = take(/([^\n]*)\n?/y)?.[0] ?? "";
        line = whole.replace(/\n$/, "").replace(isIndented ? /^\t+/ : "", "");
        if (line !== end) body += whole;
      }
      command.inputs.push(body);
      code += text.slice(copiedTo, start);
      copiedTo = at;
    }
  }

  const steps = list("");
  return { steps, code: code + text.slice(copiedTo) };
}
