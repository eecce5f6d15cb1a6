import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

export interface StorePaths {
  home: string;
  /** The tokens. */
  credentials: string;
  /** The index of profiles: no tokens. */
  profiles: string;
}

/**
 * The home of aihub: `AIHUB_HOME`, else the directory of `AIHUB_CONFIG` (deprecated, as in the gateway), else `~/.aihub`.
 */
export function aihubHome(env: NodeJS.ProcessEnv = process.env): string {
  if (env.AIHUB_HOME) return resolve(expandTilde(env.AIHUB_HOME));
  if (env.AIHUB_CONFIG) return dirname(resolve(expandTilde(env.AIHUB_CONFIG)));
  return join(homedir(), ".aihub");
}

export function storePaths(home: string): StorePaths {
  return {
    home,
    credentials: join(home, "credentials", "oauth.json"),
    profiles: join(home, "agent", "auth-profiles.json"),
  };
}

export function expandTilde(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}
