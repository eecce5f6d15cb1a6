import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { AIHubError, systemCode } from "../common/errors";
import { claudeSignIn } from "../auth/payer";
import { resolveApiKeyForProvider } from "../auth/resolve";
import { agentModel, agentName, isOnProxy, type Agent } from "../gateway/agent";
import type { CredentialStore } from "../store/credentialStore";
import type { AgentCommandLine } from "./commandLine";
import { failAborted, writeEvent } from "./printEvents";
import { workspaceOf } from "./workspace";

export interface ClaudeOptions {
  agent: Agent;
  store: CredentialStore;
  /** What the process was started with: `$env:` references are looked up here. */
  env: NodeJS.ProcessEnv;
  commandLine: AgentCommandLine;
  /** For `print`. */
  message?: string;
}

/**
 * An agent of the Claude SDK: the `claude` command on the agent's proxy. What it is to use is set for this child
 * alone, so that agents with different proxies do not mix, whoever started them.
 *
 * @returns the command's exit code
 * @throws AIHubError `claude_missing`, `claude_not_executable` (the process then ends with 126), `claude_proxy_incomplete`,
 *   `claude_session_unnamed`, `claude_failed`, `environment_variable_missing`, `workspace_missing`
 */
export async function runClaude({ agent, store, env, commandLine, message }: ClaudeOptions): Promise<number> {
  if (commandLine.session) throw new AIHubError("claude_session_unnamed", { agent: agent.id });
  const proxy = await proxyOf(agent, store, env);
  const model = agentModel(agent);
  const isPrint = message !== undefined;
  if (!isPrint) console.log([agentName(agent), `claude/${model ?? "default model"}`, ...whoPays(proxy)].join(" · "));
  const args = [...(isPrint ? ["-p"] : []), ...(model ? ["--model", model] : []), ...(commandLine.continue ? ["--continue"] : [])];
  const child = spawn("claude", args, {
    cwd: await workspaceOf(agent),
    env: { ...withoutAnthropic(process.env), ...(proxy ? { ANTHROPIC_BASE_URL: proxy.baseUrl, ANTHROPIC_AUTH_TOKEN: proxy.token } : {}) },
    stdio: [isPrint ? "pipe" : "inherit", isPrint ? "pipe" : "inherit", "inherit"],
    // npm installs a batch file there.
    shell: process.platform === "win32",
  });
  child.stdin?.on("error", () => {});
  child.stdin?.end(message);
  const text = tell(child, commandLine.json);
  const { code, toldToEnd } = await endOf(child, isPrint);
  if (isPrint && toldToEnd) return failAborted(128 + constants.signals[toldToEnd], commandLine.json);
  if (commandLine.json && code === 0) writeEvent({ type: "done", text: text() });
  if (commandLine.json && code !== 0) writeEvent({ type: "error", code: "claude_failed", message: new AIHubError("claude_failed", { status: code }).message });
  return code;
}

interface Proxy {
  baseUrl: string;
  token: string;
}

/** `undefined` when the agent names none: then `claude` uses a sign-in of its own. */
async function proxyOf(agent: Agent, store: CredentialStore, env: NodeJS.ProcessEnv): Promise<Proxy | undefined> {
  if (!isOnProxy(agent)) return undefined;
  const { base_url: baseUrl = "", auth_token: authToken } = agent.model ?? {};
  const { key, source } = await resolveApiKeyForProvider({ store, env, provider: "anthropic", config: { mode: "proxy", baseUrl, authToken }, agent: agent.id });
  return { baseUrl: source.kind === "proxy" ? source.baseUrl : baseUrl, token: key };
}

function whoPays(proxy: Proxy | undefined): string[] {
  return proxy ? [proxy.baseUrl, "paid by whoever runs the proxy"] : [claudeSignIn.account, `paid by ${claudeSignIn.paidBy}`];
}

/** Any of them could outrank what the agent names, or go to the wrong proxy. */
function withoutAnthropic(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:ANTHROPIC_|CLAUDE_CODE_OAUTH_TOKEN$|CLAUDE_CODE_USE_)/.test(name)));
}

/** Passes on what the command prints, as it comes. */
function tell(child: ChildProcess, json = false): () => string {
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
    if (json) writeEvent({ type: "text", text: piece });
    else process.stdout.write(piece);
  });
  return () => text.trimEnd();
}

/** How long a command that was told to end may take for it, in ms: less than the editor waits for this process (stream.ts). */
const patience = 3_000;

/** Waits for the command's end, and passes on to it what this process is told. */
async function endOf(child: ChildProcess, isPrint: boolean): Promise<{ code: number; toldToEnd?: NodeJS.Signals }> {
  let toldToEnd: NodeJS.Signals | undefined;
  const pass = (signal: NodeJS.Signals) => {
    // A terminal sends its Ctrl-C to both, and there `claude` decides what it means. Over pipes nobody else tells it.
    if (signal === "SIGINT" && !isPrint) return;
    toldToEnd = signal;
    // What the command has started may outlive it, and hold its output open.
    const release = () => child.stdout?.destroy();
    if (child.kill(signal)) child.once("exit", release);
    else release();
    // It must not go on without anybody who could stop it.
    if (isPrint) setTimeout(() => child.kill("SIGKILL"), patience).unref();
  };
  for (const signal of signals) process.on(signal, pass);
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    return { code: code ?? 128 + (signal ? constants.signals[signal] : 0), toldToEnd };
  } catch (error) {
    if (systemCode(error) === "ENOENT") throw new AIHubError("claude_missing", {}, { cause: error });
    if (systemCode(error) !== "EACCES") throw error;
    // As a shell says of it.
    process.once("exit", () => (process.exitCode = 126));
    throw new AIHubError("claude_not_executable", {}, { cause: error });
  } finally {
    for (const signal of signals) process.off(signal, pass);
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
