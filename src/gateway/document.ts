import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";
import { LineCounter, parseDocument } from "yaml";
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
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const error = errors[0];
  if (error || !tree) {
    throw new AIHubError("config_invalid", { file, ...place(text, error?.offset ?? 0), reason: error ? printParseErrorCode(error.error) : "it is empty" });
  }
  return {
    value: JSON.parse(text) as unknown,
    position: (path) => place(text, nearest(tree, path).offset),
    with: (path, value) => setInJson(text, tree, path, value),
    withAppended: (path, value) => appendInJson(text, tree, path, value),
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
    with: (path, value) => setInYaml(text, document, path, value),
  };
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
