import { AIHubError } from "./errors";

/**
 * `$env:NAME` stands for the variable's value; anything else for itself.
 * @throws AIHubError `environment_variable_missing`
 */
export function dereference(value: string, env: NodeJS.ProcessEnv = process.env): string {
  const name = /^\$env:(\w+)$/.exec(value)?.[1];
  if (!name) return value;
  const found = env[name];
  if (!found) throw new AIHubError("environment_variable_missing", { reason: name });
  return found;
}
