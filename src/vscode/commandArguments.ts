/** A text among what a command was given by its name; links and other extensions may pass anything. */
export function textArgument(given: unknown, name: string): string | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const value = (given as Record<string, unknown>)[name];
  return typeof value === "string" ? value : undefined;
}
