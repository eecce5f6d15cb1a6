/**
 * Whether a shell's pattern fits a path, or a folder above it. `*` and `?` do not stand for the dot of a hidden
 * name where `hidesDots`.
 */
export function matchesGlob(path: string, pattern: string, hidesDots: boolean): boolean {
  const names = path.toLowerCase().split("/");
  const parts = pattern.toLowerCase().split("/");
  const deep = parts.indexOf("**");
  const compared = deep === -1 ? parts : parts.slice(0, deep);
  // A pattern that goes on below a folder fits what is in it.
  if (deep === -1 && compared.length < names.length) return false;
  return names.slice(0, compared.length).every((name, index) => matchesName(name, compared[index] ?? "", hidesDots));
}

function matchesName(name: string, pattern: string, hidesDots: boolean): boolean {
  if (!/[*?[]/.test(pattern)) return name === pattern;
  if (hidesDots && name.startsWith(".") && /^[*?[]/.test(pattern)) return false;
  const source = pattern.replace(/\[!/g, "[^").replace(/[.+^${}()|\\](?![^[]*\])/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".");
  try {
    return new RegExp(`^${source}$`).test(name);
  } catch {
    // An unfinished bracket: the shell takes it for itself, here it may be anything.
    return true;
  }
}
