/** The longest that anybody's name is shown. */
const longest = 200;

/**
 * Text that somebody else wrote (a vendor, another process) as one line that can be shown anywhere: without what a
 * terminal obeys or what turns the direction of writing, and without the brackets of which notifications make links.
 */
export function plainLine(text: string): string {
  return text.replace(/[[\]\p{Cc}\p{Cf}\s]+/gu, " ").trim().slice(0, longest);
}
