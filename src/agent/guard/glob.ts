interface Reading {
  /** `*` and `?` do not stand for the dot of a hidden name. */
  hidesDots: boolean;
  /** A pattern that goes on below the path does not fit it. */
  isWhole: boolean;
}

/** Whether a shell's pattern fits a path, or a folder above it. */
export function matchesGlob(path: string, pattern: string, hidesDots: boolean): boolean {
  return matchesNames(namesOf(path), partsOf(pattern), { hidesDots, isWhole: false });
}

/** Whether it fits the path itself. */
export function matchesWhole(path: string, pattern: string, hidesDots: boolean): boolean {
  return matchesNames(namesOf(path), partsOf(pattern), { hidesDots, isWhole: true });
}

const namesOf = (path: string) => path.toLowerCase().split("/");
const partsOf = (pattern: string) => namesOf(pattern.replace(/(?:\*\*\/)+/g, "**/"));

function matchesNames(names: readonly string[], parts: readonly string[], reading: Reading): boolean {
  const { hidesDots, isWhole } = reading;
  const deep = parts.indexOf("**");
  if (deep === -1) return (isWhole ? parts.length === names.length : parts.length >= names.length) && startsWith(names, parts, hidesDots);
  if (names.length < deep || !startsWith(names.slice(0, deep), parts, hidesDots)) return false;
  // Any number of folders, none included.
  for (let skipped = deep; skipped <= names.length; skipped++) {
    if (matchesNames(names.slice(skipped), parts.slice(deep + 1), reading)) return true;
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
