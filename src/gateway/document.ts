import { findNodeAtLocation, modify, parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";
import { isMap, isScalar, LineCounter, parseDocument, type Pair } from "yaml";
import { AIHubError } from "../common/errors";

type Path = readonly (string | number)[];

/** A configuration file as people wrote it: its values, where they stand, and the smallest edits of it. */
export interface ConfigDocument {
  readonly value: unknown;
  /** Line and column (from 1) of the value at `path`, or of the nearest above it. */
  position(path: Path): { line: number; column: number };
  /** The text with the value at `path` set (or, for `undefined`, removed), everything else as it was. */
  with(path: Path, value: Record<string, unknown> | undefined): string;
}

/**
 * Strict JSON: the gateway itself reads nothing else.
 * @throws AIHubError `config_invalid` with the place
 */
export function jsonDocument(file: string, text: string): ConfigDocument {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const error = errors[0];
  if (error || !tree) {
    throw new AIHubError("config_invalid", { file, ...place(text, error?.offset ?? 0), reason: error ? printParseErrorCode(error.error) : "it is empty" });
  }
  return {
    value: JSON.parse(text) as unknown,
    position: (path) => place(text, nearest(tree, path).offset),
    with(path, value) {
      const edits = modify(text, [...path], value, { formattingOptions: formatting(text) });
      return edits.sort((a, b) => b.offset - a.offset).reduce((result, { offset, length, content }) => result.slice(0, offset) + content + result.slice(offset + length), text);
    },
  };
}

/** @throws AIHubError `config_invalid` with the place */
export function yamlDocument(file: string, text: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const error = document.errors[0];
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new AIHubError("config_invalid", { file, line, column: col, reason: error.code });
  }
  return {
    value: document.toJS() as unknown,
    position(path) {
      const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
      const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
      return { line, column: col };
    },
    with(path, value) {
      const key = String(path.at(-1));
      const pair = isMap(document.contents) ? (document.contents.items as Pair[]).find((item) => isScalar(item.key) && item.key.value === key) : undefined;
      return replaceBlock(text, pair, key, value);
    },
  };
}

/** Replaces (or appends, or removes) one top-level block; the rest of the text does not move. */
function replaceBlock(text: string, pair: Pair | undefined, key: string, value: Record<string, unknown> | undefined): string {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = Object.entries(value ?? {}).map(([name, each]) => `  ${name}: ${JSON.stringify(each)}`);
  const block = value ? [`${key}:`, ...lines].join(newline) + newline : "";
  if (!pair) return block === "" ? text : (text === "" || text.endsWith("\n") ? text : text + newline) + block;
  const start = (pair.key as { range: [number, number, number] }).range[0];
  const end = (pair.value as { range?: [number, number, number] } | null)?.range?.[1] ?? start + key.length + 1;
  // A block's range may stop before or after its last line break; take whole lines.
  const stop = text[end - 1] === "\n" ? end : (text.indexOf("\n", end) + 1 || text.length);
  return text.slice(0, start) + block + text.slice(stop);
}

function nearest(tree: Node, path: Path): Node {
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(tree, path.slice(0, length));
    if (node) return node;
  }
  return tree;
}

function place(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** The file's own indentation and line ends. */
function formatting(text: string) {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
  return { insertSpaces: !indent.startsWith("\t"), tabSize: indent.length, eol: text.includes("\r\n") ? "\r\n" : "\n" };
}
