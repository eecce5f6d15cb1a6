import { readdirSync, realpathSync, statSync, type Stats } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import { matchesGlob, matchesWhole } from "./glob";

/** Answers for one call of a tool: what the system was asked about stays as it was. */
export interface PlaceLookup {
  /** Whether an absolute path, as it was written, leads into a secret place, by whatever links and names. */
  isSecret(written: string): boolean;
  /** Whether it is the folder of a secret file itself, or a pattern that fits it or the folder. */
  holdsSecrets(written: string, hidesDots: boolean): boolean;
  /** Whether a secret place is somewhere below it. */
  isAbove(written: string): boolean;
}

/** What a process was started with, and what it holds: keys that were taken out of its environment among it. */
const processInside = /^\/proc\/[^/]+\/(?:task\/[^/]+\/)?(?:environ|mem|fd)(?:\/|$)/;

/** Longer words are no paths that anybody writes, and take long to follow. */
const longestPath = 2048;

const isPattern = (path: string) => /[*?[]/.test(path);

export function lookUpPlaces(places: readonly string[]): PlaceLookup {
  const folders = places.map((place) => dirname(place)).filter((folder) => folder !== homedir());
  const realPaths = new Map<string, string>();
  const realPlaces = places.map((place) => realPath(place));
  const guarded = [...new Set([...places, ...realPlaces])];
  const lowerCase = guarded.map((place) => place.toLowerCase());
  // Hard links have no path to tell them by.
  const files = new Set(places.flatMap(filesOf).flatMap((file) => identityOf(statsOf(file)) ?? []));

  const isWithinAny = (path: string) => {
    const inner = path.toLowerCase();
    return lowerCase.some((outer) => isWithin(inner, outer));
  };

  /** Links followed as far as the path exists, as the system does it: `..` after a link leads out of its target. */
  function realPath(path: string): string {
    const known = realPaths.get(path) ?? (statsOf(path) ? resolvedPath(path) : undefined);
    const folder = dirname(path);
    const real = known ?? (folder === path ? path : join(realPath(folder), basename(path)));
    realPaths.set(path, real);
    return real;
  }

  return {
    isSecret(written) {
      const path = resolve(written);
      if (processInside.test(path) || isWithinAny(path)) return true;
      if (written.length > longestPath) return false;
      const real = realPath(written);
      return processInside.test(real) || isWithinAny(real) || files.has(identityOf(statsOf(real)) ?? "");
    },
    holdsSecrets(written, hidesDots) {
      const path = resolve(written);
      const real = written.length <= longestPath ? realPath(written) : path;
      // What goes on below the folder of a secret file, and does not fit that, is another file there.
      const fits = (pattern: string) => places.some((place) => matchesGlob(place, pattern, hidesDots)) || folders.some((folder) => matchesWhole(folder, pattern, hidesDots));
      if (isPattern(path)) return fits(path) || fits(real);
      return [...places, ...folders].some((target) => target === path || target === real);
    },
    isAbove(written) {
      if (written.length > longestPath) return false;
      const path = resolve(written);
      const depth = path.split(sep).length;
      const above = (place: string) => place.split(sep).slice(0, depth).join(sep);
      if (isPattern(path)) return guarded.some((place) => matchesGlob(above(place), path, true));
      const folder = realPath(written).replace(/\/$/, "") + sep;
      return guarded.some((place) => place.startsWith(folder));
    },
  };
}

/** Also a copy or a temporary file beside a secret one (`auth.json.last-good`). Case does not count on every disk. */
function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(outer + sep) || inner.startsWith(`${outer}.`);
}

function identityOf(stats: Stats | undefined): string | undefined {
  return stats?.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
}

/** A word that is no path at all may be too long for one, or lead through a folder that may not be entered. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function resolvedPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

/** The files of a place: itself, or what is in it. */
export function filesOf(place: string): string[] {
  try {
    return statSync(place).isDirectory() ? readdirSync(place).map((name) => join(place, name)) : [place];
  } catch {
    return [];
  }
}
