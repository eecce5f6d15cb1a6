import { allProviderVariables } from "../providers/registry";

/**
 * The environment as it was given, and a process whose own environment no longer holds keys of providers, or servers to
 * send them to: neither Pi's fallback, nor the vendors' libraries in it (Anthropic's sends `ANTHROPIC_AUTH_TOKEN` beside
 * any key), nor a tool that the agent runs can then use a key that the agent's mode does not. `GH_TOKEN` and
 * `GITHUB_TOKEN` stay, for `gh` and `git`: Pi would take them for Copilot, but it asks nobody but the store.
 */
export function takeKeysFromEnvironment(): NodeJS.ProcessEnv {
  const given = { ...process.env };
  for (const name of allProviderVariables()) delete process.env[name];
  // Makes a Node of VS Code's Electron for this process; programs that the agent starts are not meant.
  delete process.env.ELECTRON_RUN_AS_NODE;
  return given;
}
