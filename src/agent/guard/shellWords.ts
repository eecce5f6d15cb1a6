import { homedir, userInfo } from "node:os";

/**
 * What a shell would make of a command before it runs it, as far as text alone can tell: quotes and escapes taken
 * away, `~` and variables (also those that the command sets) replaced.
 */
export function expandCommand(command: string, env: NodeJS.ProcessEnv): string {
  const plain = decodeEscapes(command.replace(/\\\n/g, "")).replace(/\$(?=['"])/g, "").replace(/['"\\]/g, "");
  const variables: NodeJS.ProcessEnv = { ...env, HOME: homedir(), OLDPWD: "" };
  let expanded = plain;
  // One variable may be made of another.
  for (let round = 0; round < 3; round++) {
    for (const [, name = "", value = ""] of expanded.matchAll(/(?:^|[\s;&|(])([A-Za-z_]\w*)=([^\s;&|)]*)/g)) variables[name] = value;
    expanded = expanded.replace(/\$(?:\{(\w+)[^}]*\}|([A-Za-z_]\w*))/g, (whole, braced?: string, bare?: string) => variables[braced ?? bare ?? ""] ?? whole);
  }
  const tilde = new RegExp(`(^|[\\s=:,;|&<>(@])~(?:${userName()})?(?=[/\\s;|&<>)]|$)`, "g");
  return expanded.replace(tilde, (_whole, before: string) => before + homedir());
}

/** Words that could be paths: braces expanded, cut at whatever may stand around a path. */
export function pathWords(expanded: string): string[] {
  return [...new Set(expanded.split(/[\s;|&<>()`=@]+/).flatMap((word) => [...expandBraces(word), ...word.split(/[:,]/)]))].filter(Boolean);
}

/** Texts that a command holds in base64 or hexadecimal digits. */
export function hiddenTexts(command: string): string[] {
  const words = command.match(/[A-Za-z0-9+/_-]{8,}={0,2}/g) ?? [];
  const decoded = words.flatMap((word) => [Buffer.from(word, "base64"), ...(/^[0-9a-fA-F]+$/.test(word) ? [Buffer.from(word, "hex")] : [])]);
  return decoded.map((bytes) => bytes.toString("latin1")).filter((text) => /^[\t\n -~]{4,}$/.test(text));
}

function decodeEscapes(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|0?([0-7]{3}))/g, (_whole, hex?: string, unicode?: string, octal?: string) =>
    String.fromCharCode(octal === undefined ? Number.parseInt(hex ?? unicode ?? "", 16) : Number.parseInt(octal, 8)),
  );
}

/** `a{b,c}` as the shell has it; more than a hundred words are left as they are. */
function expandBraces(word: string): string[] {
  let words = [word];
  for (let braces; words.length < 100 && (braces = words.map((each) => /\{([^{}]*)\}/.exec(each)).find(Boolean)); ) {
    const [whole, inner = ""] = braces;
    words = words.flatMap((each) => (each.includes(whole) ? inner.split(",").map((part) => each.replace(whole, () => part)) : [each]));
  }
  return words;
}

function userName(): string {
  try {
    return userInfo().username.replace(/[^\w-]/g, "");
  } catch {
    return "";
  }
}
