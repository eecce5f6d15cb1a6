import { execEnvironment } from "../agent/execEnvironment";
import { endOnSignals, unlessAskedToEnd } from "../auth/ending";
import { resolveApiKeyForProvider } from "../auth/resolve";
import { AIHubError } from "../common/errors";
import { terminalLogger } from "../common/logger";
import { honourNetworkEnvironment } from "../common/proxy";
import { agentAuthConfig, agentProvider, isOnProxy } from "../gateway/agent";
import { unaliased } from "../gateway/alias";
import { readAgent } from "../gateway/config";
import { claudeSdkProvider } from "../providers/registry";
import { aihubHome } from "../store/paths";
import { openStore } from "./context";
import { runInForeground } from "./foreground";
import { withProgress } from "./progress";

/** `aihub exec -a <id> -- <command…>`: the program alone sees the agent's key, in the variable that it is read from. */
export async function exec([program = "", ...args]: string[], { agent: id }: { agent: string }): Promise<void> {
  const store = await openStore();
  const agent = unaliased(await readAgent(aihubHome(), id), await store.read());
  const provider = agent.sdk === "claude" ? claudeSdkProvider : agentProvider(agent);
  if (!provider) throw new AIHubError("agent_has_no_provider", { agent: id });
  if (agent.sdk === "claude" && !isOnProxy(agent)) throw new AIHubError("claude_has_no_key", { agent: id });
  await honourNetworkEnvironment();
  const untilStarted = endOnSignals("SIGINT", "SIGTERM", "SIGHUP");
  const resolving = resolveApiKeyForProvider({ store, provider, config: agentAuthConfig(agent), agent: id, logger: terminalLogger });
  const env = execEnvironment(provider, await withProgress("Getting the agent's key…", resolving), process.env);
  await unlessAskedToEnd();
  untilStarted.dispose();
  await runInForeground(program, args, env);
}
