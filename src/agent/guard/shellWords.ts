import { homedir, userInfo } from "node:os";

/** Longer words are no paths that anybody writes, and take long to take apart. */
const longestWord = 1024;
/** How much variables may add to a text. */
const longestGrowth = 256 * 1024;

const userName = (() => {
  try {
    return userInfo().username.replace(/[^\w-]/g, "");
  } catch {
    return "";
  }
})();

export interface ShellText {
  /** The text as a shell would have it before it runs it: quotes and escapes taken away, `~` and variables replaced. */
  expanded: string;
  /** What a reference (`$x`, `${x%/}`) stands for; itself where that is not known. */
  expand(reference: string): string;
  /** What a word that begins with `~` stands for. */
  homeSign(word: string): string;
}

/** How programs of other languages read a variable: `os.environ['X']`, `process.env.X`, `getenv("X")`, `$ENV{X}`. Quotes are gone by then. */
const otherReference = /(?:\b(?:os\.)?environb?|\bprocess\.env|\bDeno\.env|\bENV(?:IRON)?|\$ENV|\$_ENV|\$_SERVER)(?:\.(?:get|fetch))?\s*[[({]\s*(\w+)[^\])}]{0,200}[\])}]|\bprocess\.env\??\.(\w+)|\bgetenv\(\s*(\w+)[^)]{0,200}\)/g;

/** Commands whose output is a name that they are given, or lies beside it. */
const lookup = /(?:\$\(|`)\s*(?:which|command\s+-v|type\s+-[pP]|readlink\s+-f|realpath|dirname|printenv)\s+(?:"([^"]{1,200})"|'([^']{1,200})'|([^\s"'()`;|&<>]+))\s*[)`]/g;

/** The text with what such commands print in their place: `$(which aihub)`, `$(printenv HOME)`. */
export function withoutLookups(text: string): string {
  let plain = text;
  // One may stand in another.
  for (let round = 0; round < 3; round++) {
    plain = plain.replace(lookup, (whole: string, double?: string, single?: string, bare?: string) => {
      const operand = double ?? single ?? bare ?? "";
      if (/^.{1,3}\s*printenv/.test(whole)) return `\${${operand}}`;
      return /^.{1,3}\s*dirname/.test(whole) ? `${operand}/..` : operand;
    });
  }
  return plain;
}

/** Reads a command as far as text alone can tell, with the variables that it sets itself. */
export function readShellText(command: string, env: NodeJS.ProcessEnv): ShellText {
  const variables: NodeJS.ProcessEnv = { ...env, HOME: homedir(), OLDPWD: "" };
  const homeSign = new RegExp(`^~(?:${userName})?(?=/|$)`);
  let growth = 0;
  const expand = (reference: string) => {
    const value = variables[/\w+/.exec(reference)?.[0] ?? ""];
    growth += value?.length ?? 0;
    return value === undefined || growth > longestGrowth ? reference : value;
  };
  let expanded = decodeEscapes(command.replace(/\\\n/g, "")).replace(/\$(?=['"])/g, "").replace(/['"\\]/g, "");
  expanded = expanded.replace(otherReference, (reference, indexed?: string, member?: string, given?: string) => {
    const name = indexed ?? member ?? given ?? "";
    return variables[name] === undefined ? reference : expand(name);
  });
  // One variable may be made of another.
  for (let round = 0; round < 3; round++) {
    for (const [, name = "", value = ""] of expanded.matchAll(/(?:^|[\s;&|(])([A-Za-z_]\w*)=([^\s;&|)]*)/g)) variables[name] = value.replace(homeSign, homedir());
    for (const [, name = "", list = ""] of expanded.matchAll(/(?:^|[\s;&|(])for\s+([A-Za-z_]\w*)\s+in\s+([^;\n]*)/g)) {
      const values = list.split(/\s+/).filter((value) => /^[^()`]+$/.test(value)).map((value) => value.replace(homeSign, homedir()));
      if (values.length > 0) variables[name] = values.length > 1 ? `{${values.join(",")}}` : values[0];
    }
    expanded = expanded.replace(/\$(?:\{\w+[^}]*\}|[A-Za-z_]\w*)/g, expand);
  }
  const tilde = new RegExp(`(^|[\\s=:,;|&<>({@])~(?:${userName})?(?=[/\\s,;|&<>)}]|$)`, "g");
  return {
    expanded: expanded.replace(tilde, (_whole, before: string) => before + homedir()),
    expand,
    homeSign: (word) => word.replace(homeSign, homedir()),
  };
}

/** The first words that could be paths: braces expanded, cut at whatever may stand around a path. */
export function pathWords(expanded: string, most: number, isWanted = (word: string) => word !== ""): Set<string> {
  const words = new Set<string>();
  for (const word of expanded.split(/[\s;|&<>()`=@]+/)) {
    if (words.size >= most) break;
    if (word.length > longestWord) continue;
    for (const path of [...expandBraces(word), ...word.split(/[:,]/)]) if (isWanted(path)) words.add(path);
  }
  return words;
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

/** `a{b,c}` as the shell has it; more than a hundred words, and long ones, are left as they are. */
export function expandBraces(word: string): string[] {
  let words = [word];
  if (word.length > longestWord) return words;
  for (let braces; words.length < 100 && (braces = words.map((each) => /\{([^{}]*)\}/.exec(each)).find(Boolean)); ) {
    const [whole, inner = ""] = braces;
    words = words.flatMap((each) => (each.includes(whole) ? inner.split(",").map((part) => each.replace(whole, () => part)) : [each]));
  }
  return words;
}
