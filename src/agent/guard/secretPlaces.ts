import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { storePaths } from "../../store/paths";
import { filesOf } from "./placeLookup";

/**
 * Files and folders that hold people's sign-ins: this project's, the gateway's, and its neighbours' (docs/cli.md, “Sign-ins of
 * other programs”).
 */
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

/** As the path tools of Pi understand a path: `@` before it, `~`, relative to the workspace. What is absolute stays as it was written. */
export function absolutePath(path: string, cwd: string): string {
  const plain = path.replace(/^@/, "").replace(/[\u00A0\u2000-\u200A\u202F\u205F\u3000]/g, " ");
  const expanded = plain === "~" || plain.startsWith("~/") ? homedir() + plain.slice(1) : plain;
  return isAbsolute(expanded) ? expanded : resolve(cwd, expanded);
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
