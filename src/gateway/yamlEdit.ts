import { isMap, isScalar, stringify, type Document, type Pair, type YAMLMap } from "yaml";
import { lineEnd, splice } from "./textEdit";

type Range = [start: number, valueEnd: number, nodeEnd: number];
type Path = readonly (string | number)[];

/** Edits of YAML that leave every other byte where it is: the library would lay out anew the whole file. */
export function setInYaml(text: string, document: Document, path: Path, value: unknown): string {
  const map: unknown = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  const key = String(path.at(-1));
  if (!isMap(map)) return document.contents === null && path.length === 1 && value !== undefined ? append(text, text.length, "", key, value) : text;
  const pair = (map.items).find((item) => isScalar(item.key) && item.key.value === key);
  if (map.flow) return setInFlow(text, map, pair, key, value);
  if (!pair) return value === undefined ? text : insert(text, map, key, value, path.length === 1);
  const start = lineStart(text, keyStart(pair));
  if (value !== undefined && isScalar(pair.value) && pair.value.source && typeof value === "string") {
    const [from, to] = pair.value.range as Range;
    return splice(text, from, to, plain(value));
  }
  const stop = endOfLine(text, valueEnd(pair));
  if (value !== undefined) return splice(text, start, stop, block(text, indentationOf(text, map), key, value) + (endsLine(text, stop) ? lineEnd(text) : ""));
  // The last line of a file that does not end in a line break takes the one before it along.
  return stop === text.length && !endsLine(text, stop) ? text.slice(0, start).replace(/\r?\n$/, "") : splice(text, start, stop, "");
}

/** At the file's end, where the pair is the file's own; else after the last line of its map. */
function insert(text: string, map: YAMLMap, key: string, value: unknown, isTopLevel: boolean): string {
  const last = map.items.at(-1);
  return append(text, isTopLevel || !last ? text.length : endOfLine(text, valueEnd(last)), indentationOf(text, map), key, value);
}

function append(text: string, offset: number, indentation: string, key: string, value: unknown): string {
  const lines = block(text, indentation, key, value);
  if (offset === 0 || endsLine(text, offset)) return splice(text, offset, offset, lines + lineEnd(text));
  return splice(text, offset, offset, lineEnd(text) + lines);
}

/** `{a: 1, b: 2}` as one finds it in files that were JSON once. */
function setInFlow(text: string, map: YAMLMap, pair: Pair | undefined, key: string, value: unknown): string {
  const items = map.items;
  const [start, end] = map.range as Range;
  if (value === undefined) {
    if (!pair) return text;
    const index = items.indexOf(pair);
    const [before, after] = [items[index - 1], items[index + 1]];
    if (before) return splice(text, valueEnd(before), valueEnd(pair), "");
    return after ? splice(text, keyStart(pair), keyStart(after), "") : splice(text, start + 1, end - 1, "");
  }
  if (pair) return splice(text, keyStart(pair), valueEnd(pair), `${key}: ${flow(value)}`);
  const last = items.at(-1);
  return last ? splice(text, valueEnd(last), valueEnd(last), `, ${key}: ${flow(value)}`) : splice(text, start + 1, end - 1, `${key}: ${flow(value)}`);
}

/** Without a line break at its end. */
function block(text: string, indentation: string, key: string, value: unknown): string {
  const lines = stringify({ [key]: value }, { lineWidth: 0 }).trimEnd().split("\n");
  return lines.map((line) => indentation + line).join(lineEnd(text));
}

function flow(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trimEnd();
}

function plain(value: string): string {
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

function indentationOf(text: string, map: YAMLMap): string {
  const first = (map.items)[0];
  return first ? text.slice(lineStart(text, keyStart(first)), keyStart(first)) : "";
}

function keyStart(pair: Pair): number {
  return (pair.key as { range: Range }).range[0];
}

function valueEnd(pair: Pair): number {
  const [start] = (pair.key as { range: Range }).range;
  return (pair.value as { range?: Range } | null)?.range?.[1] ?? start + String((pair.key as { source?: string }).source ?? "").length + 1;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** After the line break that ends the line; a block's end may stand on either side of its last one. */
function endOfLine(text: string, offset: number): number {
  return text[offset - 1] === "\n" ? offset : text.indexOf("\n", offset) + 1 || text.length;
}

function endsLine(text: string, offset: number): boolean {
  return text[offset - 1] === "\n";
}
