/** The text as Markdown that stands for itself; an address in it becomes no link. */
export function literal(text: string): string {
  return text.replace(/[^\p{L}\p{N} ,:]/gu, (character) => `&#${character.codePointAt(0)};`);
}
