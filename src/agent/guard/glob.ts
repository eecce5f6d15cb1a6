/**
 * Whether a shell's pattern fits a path, or a folder above it. `*` and `?` do not stand for the dot of a hidden
 * name where `hidesDots`.
 */
export function matchesGlob(path: string, pattern: string, hidesDots: boolean): boolean {
  return matchesNames(path.toLowerCase().split("/"), pattern.toLowerCase().replace(/(?:\*\*\/)+/g, "**/").split("/"), hidesDots);
}

function matchesNames(names: readonly string[], parts: readonly string[], hidesDots: boolean): boolean {
  const deep = parts.indexOf("**");
  if (deep === -1) return parts.length >= names.length && startsWith(names, parts, hidesDots);
  if (names.length < deep || !startsWith(names.slice(0, deep), parts, hidesDots)) return false;
  // Any number of folders, none included.
  for (let skipped = deep; skipped <= names.length; skipped++) {
    if (matchesNames(names.slice(skipped), parts.slice(deep + 1), hidesDots)) return true;
    if (hidesDots && names[skipped]?.startsWith(".")) return false;
  }
  return false;
}

/** A pattern that goes on below a folder fits what is in it. */
function startsWith(names: readonly string[], parts: readonly string[], hidesDots: boolean): boolean {
  return names.every((name, index) => matchesName(name, parts[index] ?? "", hidesDots));
}

function matchesName(name: string, pattern: string, hidesDots: boolean): boolean {
  if (!/[*?[]/.test(pattern)) return name === pattern;
  if (hidesDots && name.startsWith(".") && /^[*?[]/.test(pattern)) return false;
  const source = pattern.replace(/\[!/g, "[^").replace(/[.+^${}()|\\](?![^[]*\])/g, "\\$&").replace(/\*+/g, ".*").replace(/\?/g, ".");
  try {
    return new RegExp(`^${source}$`).test(name);
  } catch {
    // An unfinished bracket: the shell takes it for itself, here it may be anything.
    return true;
  }
}
