import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, resolve, sep } from "node:path";
import { storePaths } from "../../store/paths";

/** Files and folders that hold people's sign-ins: this project's, the gateway's, and its neighbours' (FACTS 7). */
export function secretPlaces(home: string, env: NodeJS.ProcessEnv): string[] {
  const { credentials, profiles } = storePaths(home);
  const person = homedir();
  return [
    dirname(credentials),
    profiles,
    join(home, "auth.json"),
    join(env.PI_CODING_AGENT_DIR ?? join(person, ".pi", "agent"), "auth.json"),
    join(person, ".pi", "agent", "oauth.json"),
    join(env.CODEX_HOME ?? join(person, ".codex"), "auth.json"),
    join(env.CLAUDE_CONFIG_DIR ?? join(person, ".claude"), ".credentials.json"),
    join(person, ".cli-proxy-api"),
    join(env.XDG_DATA_HOME ?? join(person, ".local", "share"), "opencode", "auth.json"),
  ];
}

/** What a process was started with, and what it holds: keys that were taken out of its environment among it. */
const processInside = /^\/proc\/[^/]+\/(?:task\/[^/]+\/)?(?:environ|mem|fd)(?:\/|$)/;

/** Whether an absolute path, as it was written, leads into a secret place, by whatever links and names. */
export function isSecret(written: string, places: readonly string[]): boolean {
  const [path, real] = [resolve(written), realPath(written)];
  if (processInside.test(path) || processInside.test(real)) return true;
  return places.some((place) => isWithin(path, place) || isWithin(real, place) || isWithin(real, realPath(place)) || isSameFile(real, place));
}

/** As the path tools of Pi understand a path: `@` before it, `~`, relative to the workspace. What is absolute stays as it was written. */
export function absolutePath(path: string, cwd: string): string {
  const plain = path.replace(/^@/, "").replace(/[\u00A0\u2000-\u200A\u202F\u205F\u3000]/g, " ");
  const expanded = plain === "~" || plain.startsWith("~/") ? homedir() + plain.slice(1) : plain;
  return isAbsolute(expanded) ? expanded : resolve(cwd, expanded);
}

/** Links followed as far as the path exists, as the system does it: `..` after a link leads out of its target. */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return dirname(path) === path ? path : join(realPath(dirname(path)), basename(path));
  }
}

/** Also a copy or a temporary file beside a secret one (`auth.json.last-good`); case does not count on every disk. */
function isWithin(path: string, place: string): boolean {
  const [inner, outer] = [path.toLowerCase(), place.toLowerCase()];
  return inner === outer || inner.startsWith(outer + sep) || inner.startsWith(`${outer}.`);
}

/** Hard links have no path to tell them by. */
function isSameFile(path: string, place: string): boolean {
  const wanted = identity(path);
  return wanted !== undefined && filesOf(place).some((file) => identity(file) === wanted);
}

/** A word that is no path at all may be too long for one, or lead through a folder that may not be entered. */
function identity(path: string): string | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    return undefined;
  }
}

function filesOf(place: string): string[] {
  try {
    return statSync(place).isDirectory() ? readdirSync(place).map((name) => join(place, name)) : [place];
  } catch {
    return [];
  }
}

/** The tokens and keys that stand in the secret places now. */
export function secretsIn(places: readonly string[]): string[] {
  const secrets = new Set<string>();
  for (const file of places.flatMap(filesOf)) {
    try {
      JSON.parse(readFileSync(file, "utf8"), (name: string, value: unknown) => {
        // A reference to a variable names a secret, and is none.
        if (typeof value === "string" && value.length >= 16 && !value.startsWith("$env:") && /access|refresh|token|key|secret/i.test(name)) secrets.add(value);
        return value;
      });
    } catch {
      continue;
    }
  }
  return [...secrets];
}
