import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";
import { LineCounter, parseDocument, visit, type Document } from "yaml";
import { AIHubError } from "../common/errors";
import { appendInJson, setInJson } from "./jsonEdit";
import { setInYaml } from "./yamlEdit";

type Path = readonly (string | number)[];

/** A configuration file as people wrote it: its values, where they stand, and the smallest edits of it. */
export interface ConfigDocument {
  readonly value: unknown;
  /** Line and column (from 1) of the value at `path`, or of the nearest above it. */
  position(path: Path): { line: number; column: number };
  /** The text with the value at `path` set (or, for `undefined`, removed), everything else as it was. */
  with(path: Path, value: unknown): string;
}

/** JSON also takes another value at the end of an array. */
export interface JsonConfigDocument extends ConfigDocument {
  withAppended(path: Path, value: unknown): string;
}

/**
 * Strict JSON: the gateway itself reads nothing else.
 * @throws AIHubError `config_invalid` with the place
 */
export function jsonDocument(file: string, text: string): JsonConfigDocument {
  if (text.startsWith("\uFEFF")) throw new AIHubError("config_invalid", { file, line: 1, column: 1, reason: "it begins with a byte order mark, which the gateway cannot read" });
  let parsed: Node | undefined;
  // The tree is needed only for places and edits: most files are just read.
  const tree = () => (parsed ??= parseTree(text) as Node);
  return {
    value: parseStrictly(file, text),
    position: (path) => place(text, nearest(tree(), path).offset),
    with: (path, value) => setInJson(text, tree(), path, value),
    withAppended: (path, value) => appendInJson(text, tree(), path, value),
  };
}

function parseStrictly(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const errors: ParseError[] = [];
    parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
    const fault = errors[0] ? printParseErrorCode(errors[0].error) : "";
    const reason = text.trim() === "" ? "it is empty" : (jsonFaults[fault] ?? "this is no JSON");
    throw new AIHubError("config_invalid", { file, ...place(text, errors[0]?.offset ?? 0), reason });
  }
}

/** What people are told instead of the parser's codes. */
const jsonFaults: Readonly<Record<string, string>> = {
  InvalidSymbol: "this is no JSON",
  InvalidNumberFormat: "this is no number",
  PropertyNameExpected: "a property name in double quotes was expected",
  ValueExpected: "a value was expected",
  ColonExpected: "a colon was expected",
  CommaExpected: "a comma was expected",
  CloseBraceExpected: "a closing } was expected",
  CloseBracketExpected: "a closing ] was expected",
  EndOfFileExpected: "nothing more was expected",
  InvalidCommentToken: "a comment is not allowed, the gateway reads strict JSON",
  UnexpectedEndOfComment: "a comment is not allowed, the gateway reads strict JSON",
  UnexpectedEndOfString: "the string has no end",
};

/** @throws AIHubError `config_invalid` with the place */
export function yamlDocument(file: string, text: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const error = document.errors[0];
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    // The message's first line; the rest quotes the file.
    throw new AIHubError("config_invalid", { file, line, column: col, reason: error.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") });
  }
  return {
    value: resolved(file, document, lines),
    position(path) {
      const { line, col } = lines.linePos(nearestRange(document, path));
      return { line, column: col };
    },
    with: (path, value) => setInYaml(text, path, value),
  };
}

/** An alias may name an anchor that is not there, or stand for more than anybody would write: the parser does not see that yet. */
function resolved(file: string, document: Document.Parsed, lines: LineCounter): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    const { line, col } = lines.linePos(faultyAlias(document) ?? 0);
    throw new AIHubError("config_invalid", { file, line, column: col, reason: error instanceof Error ? error.message : undefined });
  }
}

/** Where the first alias to nothing stands; where each has its anchor, the last one, which made it too much. */
function faultyAlias(document: Document.Parsed): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Alias(_key, alias) {
      offset = alias.range?.[0];
      return alias.resolve(document) ? undefined : visit.BREAK;
    },
  });
  return offset;
}

function nearestRange(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return node.range[0];
  }
  return 0;
}

function nearest(tree: Node, path: Path): Node {
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(tree, path.slice(0, length));
    if (node) return node;
  }
  return tree;
}

/** Line and column (from 1) of a place in a text. */
export function place(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
