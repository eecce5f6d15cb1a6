import { isDeepStrictEqual } from "node:util";
import { isCollection, isMap, isScalar, parseDocument, type Node, type Pair, type YAMLMap } from "yaml";
import { isRecord } from "../common/record";
import { lineEnd, splice } from "./textEdit";

type Path = readonly (string | number)[];

/** The text with the value at `path` set (or, for `undefined`, removed); unchanged where that cannot be done in place. */
export function setInYaml(text: string, path: Path, value: unknown): string {
  return editYaml(text, path, value) ?? text;
}

/**
 * The YAML text with the value at `path` set (or, for `undefined`, removed). Only whole lines of the block style and
 * single items of the flow style come and go; comments, anchors and the layout of everything else stay. Removing what
 * was inserted gives the text that was there before. The maps on the way are made where they are missing.
 *
 * @returns `undefined` for what cannot be edited in place: a map that is written as an alias, say.
 */
function editYaml(text: string, path: Path, value: unknown): string | undefined {
  const document = parseDocument(text);
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const key = String(path.at(-1));
  if (parent === undefined || isEmpty(parent)) {
    if (value === undefined) return text;
    return path.length === 1 ? undefined : editYaml(text, path.slice(0, -1), { [key]: value });
  }
  if (!isMap(parent)) return undefined;
  const pair = (parent.items).find((item) => isScalar(item.key) && item.key.value === key);
  if (!pair) return value === undefined ? text : withPair(text, parent, key, value);
  if (value === undefined) return withoutPair(text, parent, pair);
  if (isDeepStrictEqual((pair.value as Node | null)?.toJS(document), value)) return text;
  if (!isMap(pair.value) || !isRecord(value)) return withValue(text, pair, value);
  const wanted = new Set([...(pair.value.items).map((item) => String((item.key as { value?: unknown } | null)?.value)), ...Object.keys(value)]);
  // What comes is inserted before anything goes: a block map must never be empty in between.
  const inOrder = [...wanted].sort((a, b) => Number(value[a] === undefined) - Number(value[b] === undefined));
  return inOrder.reduce<string | undefined>((result, each) => (result === undefined ? undefined : editYaml(result, [...path, each], value[each])), text);
}

function withPair(text: string, parent: YAMLMap, key: string, value: unknown): string {
  const last = (parent.items).at(-1);
  if (parent.flow) {
    const at = last ? endOf(last) : (parent.range?.[0] ?? 0) + 1;
    return splice(text, at, at, `${last ? ", " : ""}${key}: ${inFlow(value)}`);
  }
  const at = last ? endOfLine(text, endOf(last)) : text.length;
  const eol = lineEnd(text);
  const first = (parent.items)[0];
  const indent = first ? " ".repeat(columnOf(text, startOf(first))) : "";
  const block = blockLines(key, value, indent, unitOf(text)).join(eol);
  // A file whose last line has no end keeps it that way.
  return text.slice(0, at).endsWith("\n") ? splice(text, at, at, block + eol) : splice(text, at, at, eol + block);
}

function withoutPair(text: string, parent: YAMLMap, pair: Pair): string {
  const items = parent.items;
  const index = items.indexOf(pair);
  if (parent.flow) {
    const [before, after] = [items[index - 1], items[index + 1]];
    if (before) return splice(text, endOf(before), endOf(pair), "");
    return splice(text, startOf(pair), after ? startOf(after) : endOf(pair), "");
  }
  const start = text.lastIndexOf("\n", startOf(pair) - 1) + 1;
  const end = endOfLine(text, endOf(pair));
  const isLastLine = end === text.length && !text.endsWith("\n");
  const before = isLastLine ? /\r?\n$/.exec(text.slice(0, start))?.index : undefined;
  return splice(text, before ?? start, end, "");
}

function withValue(text: string, pair: Pair, value: unknown): string | undefined {
  const node = pair.value as Node | null;
  if (isCollection(node) && !node.flow) return undefined;
  const [start, end] = node?.range ?? [endOf(pair), endOf(pair)];
  const isBehindColon = text[start - 1] === ":";
  return splice(text, start, end, (isBehindColon ? " " : "") + (quotedLike(node, value) ?? inFlow(value)));
}

/** A text in the quotes that stood there before, so that a change and its opposite leave no trace. */
function quotedLike(node: Node | null, value: unknown): string | undefined {
  if (!isScalar(node) || typeof value !== "string") return undefined;
  if (node.type === "QUOTE_DOUBLE") return JSON.stringify(value);
  return node.type === "QUOTE_SINGLE" ? `'${value.replaceAll("'", "''")}'` : undefined;
}

function blockLines(key: string, value: unknown, indent: string, unit: string): string[] {
  if (!isRecord(value)) return [`${indent}${key}: ${inFlow(value)}`];
  return [`${indent}${key}:`, ...Object.entries(value).flatMap(([name, each]) => blockLines(name, each, indent + unit, unit))];
}

function inFlow(value: unknown): string {
  if (isRecord(value)) return `{${Object.entries(value).map(([name, each]) => `${name}: ${inFlow(each)}`).join(", ")}}`;
  return typeof value === "string" && isPlain(value) ? value : JSON.stringify(value);
}

/** Whether a text stands for itself without quotes, in block and flow style, for YAML 1.1 and 1.2. */
function isPlain(value: string): boolean {
  return /^[a-z][\w./@+-]*(?::[a-z][\w./@+-]*)*$/i.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value);
}

function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function startOf(pair: Pair): number {
  return (pair.key as Node).range![0];
}

/** Where the last thing that belongs to a pair ends; a comment behind it does not. */
function endOf({ key, value }: Pair): number {
  return (value as Node | null)?.range?.[1] ?? (key as Node).range![1];
}

function endOfLine(text: string, end: number): number {
  return text[end - 1] === "\n" ? end : text.indexOf("\n", end) + 1 || text.length;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1) - (text.startsWith("\uFEFF") && !text.slice(0, offset).includes("\n") ? 1 : 0);
}

/** One step of the file's own indentation. */
function unitOf(text: string): string {
  return /\n( +)[^\s#-]/.exec(text)?.[1] ?? "  ";
}
