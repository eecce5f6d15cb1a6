import type { LoginEnvironment } from "./loginUi";

/** Where the person at a terminal is. Over SSH and in a codespace, the browser is on another machine and no port leads here. */
export function terminalEnvironment(env: NodeJS.ProcessEnv): LoginEnvironment {
  if (env.SSH_CONNECTION || env.SSH_TTY) return { uiKind: "terminal", remoteName: "ssh" };
  return { uiKind: "terminal", remoteName: env.CODESPACES ? "codespaces" : undefined };
}
