/** One replacement in a text. */
export interface TextEdit {
  offset: number;
  length: number;
  text: string;
}

/** The one replacement that makes `after` of `before`; `undefined` when they are equal. No character is cut in half. */
export function smallestEdit(before: string, after: string): TextEdit | undefined {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  while (isInside(before, start) || isInside(after, start)) start--;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  while (isInside(before, before.length - end) || isInside(after, after.length - end)) end--;
  return { offset: start, length: before.length - start - end, text: after.slice(start, after.length - end) };
}

/** Replaces one span of a text. */
export function splice(text: string, start: number, end: number, replacement: string): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** `\r\n` where the text uses it. */
export function lineEnd(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** The blanks from the line's start up to `offset`; `undefined` when anything else stands there. */
export function indentationBefore(text: string, offset: number): string | undefined {
  const before = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return before.trim() === "" ? before : undefined;
}

/** Whether a cut here would part a line end or a character of two units. */
function isInside(text: string, offset: number): boolean {
  const pair = text.slice(offset - 1, offset + 1);
  return offset > 0 && (pair === "\r\n" || /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(pair));
}
