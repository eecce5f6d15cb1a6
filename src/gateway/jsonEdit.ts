import { isDeepStrictEqual } from "node:util";
import { findNodeAtLocation, getNodeValue, parseTree, type Node } from "jsonc-parser";
import { isRecord } from "../common/record";
import { indentationBefore, lineEnd, splice } from "./textEdit";

type Path = readonly (string | number)[];

/*
 * Edits of JSON that leave every other byte where it is. The library's own would lay out anew each line that they
 * touch, so that a set and an unset would not give back a file with several values on one line.
 */

/** Sets the value at `path`, whose parent exists, or removes it (`undefined`). */
export function setInJson(text: string, tree: Node, path: Path, value: unknown): string {
  const node = findNodeAtLocation(tree, [...path]);
  if (value === undefined) return node?.parent ? remove(text, node.parent) : text;
  // The library's objects have no prototype, which would tell them from equal ones.
  if (node && isDeepStrictEqual(structuredClone(getNodeValue(node) as unknown), value)) return text;
  if (node?.type === "object" && isRecord(value)) return merge(text, path, node, value);
  if (node) return splice(text, node.offset, endOf(node), print(text, value, ownIndentation(text, node.parent ?? node)));
  const parent = findNodeAtLocation(tree, path.slice(0, -1));
  return parent?.type === "object" ? insert(text, parent, String(path.at(-1)), value) : text;
}

/** Member by member: what stays as it is keeps its form too. */
function merge(text: string, path: Path, node: Node, value: Record<string, unknown>): string {
  const keys = new Set([...Object.keys(getNodeValue(node) as object), ...Object.keys(value)]);
  return [...keys].reduce((result, key) => setInJson(result, parseTree(result) as Node, [...path, key], value[key]), text);
}

/** Adds a value at the end of the array at `path`. */
export function appendInJson(text: string, tree: Node, path: Path, value: unknown): string {
  const array = findNodeAtLocation(tree, [...path]);
  return array?.type === "array" ? insert(text, array, undefined, value) : text;
}

/** With the line breaks, blanks and indentation that the members before it have. */
function insert(text: string, container: Node, key: string | undefined, value: unknown): string {
  const last = container.children?.at(-1);
  const space = spaceAfterMarks(text, container);
  const member = (indentation: string | undefined) => (key === undefined ? "" : `${JSON.stringify(key)}:${space}`) + print(text, value, indentation, space);
  if (last) {
    const indentation = indentationBefore(text, last.offset);
    const gap = indentation === undefined ? space : lineEnd(text) + indentation;
    return splice(text, endOf(last), endOf(last), `,${gap}${member(indentation)}`);
  }
  const outer = text.trim().includes("\n") ? ownIndentation(text, container) : undefined;
  const inner = outer === undefined ? undefined : outer + unitOf(text);
  const comments = text.slice(container.offset + 1, endOf(container) - 1).trimEnd();
  if (comments !== "") {
    const at = container.offset + 1 + comments.length;
    // Behind a comment that ends with its line there is no place on that line.
    const gap = inner === undefined && !text.slice(container.offset, endOf(container)).includes("\n") ? space : lineEnd(text) + (inner ?? unitOf(text));
    return splice(text, at, at, gap + member(inner));
  }
  const inside = inner === undefined ? member(undefined) : lineEnd(text) + inner + member(inner) + lineEnd(text) + outer;
  return splice(text, container.offset + 1, endOf(container) - 1, inside);
}

/** With the comma that parted it from its neighbour; comments around the only one stay. */
function remove(text: string, property: Node): string {
  const siblings = property.parent?.children ?? [];
  const index = siblings.indexOf(property);
  const before = siblings[index - 1];
  const after = siblings[index + 1];
  if (before) return splice(text, endOf(before), endOf(property), "");
  if (after) return splice(text, property.offset, after.offset, "");
  if (!property.parent) return text;
  const [start, end] = [property.parent.offset + 1, endOf(property.parent) - 1];
  const comments = text.slice(start, property.offset).trimEnd();
  const rest = text.slice(endOf(property), end).replace(/^\s*,/, "");
  return splice(text, start, end, comments + rest.trim() === "" ? "" : comments + rest);
}

/** On several lines below `indentation`; without one, on one line. */
function print(text: string, value: unknown, indentation: string | undefined, space = " "): string {
  if (indentation === undefined) return oneLine(value, space);
  return JSON.stringify(value, null, unitOf(text)).replaceAll("\n", lineEnd(text) + indentation);
}

function oneLine(value: unknown, space: string): string {
  if (Array.isArray(value)) return `[${value.map((each) => oneLine(each, space)).join(`,${space}`)}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}:${space}${oneLine(each, space)}`).join(`,${space}`)}}`;
}

/** The indentation of the line that begins with this node. */
function ownIndentation(text: string, node: Node): string | undefined {
  for (let current: Node | undefined = node; current; current = current.parent) {
    const indentation = indentationBefore(text, current.offset);
    if (indentation !== undefined) return indentation;
    // A value begins its line where its key does; anything else stands in the midst of one.
    if (current.parent?.type !== "property") return undefined;
  }
  return undefined;
}

/** What the file puts after its colons and commas. */
function spaceAfterMarks(text: string, container: Node): string {
  return /"\s*:(\s?)/.exec(text.slice(container.offset, endOf(container)))?.[1] === "" ? "" : " ";
}

/** One step of the file's indentation. */
function unitOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
}

function endOf(node: Node): number {
  return node.offset + node.length;
}
