import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type WebSocket from "ws";
import { createPauses } from "../common/backoff";
import type { Disposable } from "../common/disposable";
import { isAIHubError, messageOf, type AIHubError } from "../common/errors";
import type { Logger } from "../common/logger";
import { getJson, keepAlive, openSocket, parseMessage, type Endpoint } from "./connection";
import { capabilitiesSchema, statusesSchema, statusEventSchema, type AgentState } from "./protocol";

/** The pause before the first further try, doubled with each one up to the longest, in ms. */
const firstPause = 1_000;
const longestPause = 60_000;

/** By when the gateway, which looks at its config every 5 s, has seen a change, in ms. */
const reloadTime = 6_000;

/** How long a person's command waits for the first answer, in ms. */
const readyTime = 1_500;

/** What is known of the gateway at this moment. */
export interface GatewayState {
  url: string;
  /** By the agent's id. */
  agents: ReadonlyMap<string, AgentState>;
}

export interface GatewayClient extends Disposable {
  /** `undefined` while no gateway answers. */
  state(): GatewayState | undefined;
  /** Why there is no state, as the last attempt found. */
  fault(): AIHubError | undefined;
  /** The state; where there is none yet, a look for the gateway comes first, which is waited for no longer than a person would. */
  ready(): Promise<GatewayState | undefined>;
  onDidChange(listener: () => void): Disposable;
  /** Looks now whether what is known still holds: the gateway was started, its config or its address was changed. */
  retry(): void;
}

/**
 * Follows the gateway: one WebSocket, whose events say which agents work. The gateway writes every HTTP request into
 * its person's log, so that each connection makes two (what it is, and the states to begin with) and then none, unless
 * its config changes.
 *
 * @param locate where it is by now; `undefined` when there is none to look for
 */
export function createGatewayClient(locate: () => Promise<Endpoint | undefined>, logger: Logger, pauses = createPauses(firstPause, longestPause)): GatewayClient {
  const listeners = new Set<() => void>();
  const agents = new Map<string, AgentState>();
  /** What was said since the states were asked for: newer than the answer. */
  const heard = new Map<string, AgentState>();
  let connected: Endpoint | undefined;
  let socket: WebSocket | undefined;
  let nextTry: NodeJS.Timeout | undefined;
  let reload: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let isAskedAgain = false;
  let isStale = false;
  let isDisposed = false;
  let fault: AIHubError | undefined;
  let said = "";

  const changed = () => listeners.forEach((listener) => listener());

  const look = async () => {
    const endpoint = await locate();
    if (connected && !isDeepStrictEqual(endpoint, connected)) drop();
    if (!endpoint) fault = undefined;
    if (!endpoint || isDisposed || (connected && !isStale)) return;
    isStale = false;
    const { agents: known } = await getJson(endpoint, "/api/capabilities", capabilitiesSchema);
    // Subscribed before it is asked: what changes meanwhile is heard.
    heard.clear();
    const current = socket ?? (await subscribe(endpoint));
    const { statuses } = await getJson(endpoint, "/api/agents/status", statusesSchema);
    if (socket !== current || isDisposed) return;
    agents.clear();
    for (const id of known) agents.set(id, "idle");
    for (const [id, status] of [...Object.entries(statuses), ...heard]) agents.set(id, status);
    if (!connected) {
      logger.info(`The gateway at ${endpoint.url} answers.`);
      pauses.reached();
    }
    connected = endpoint;
    said = "";
    fault = undefined;
    changed();
  };

  const subscribe = async (endpoint: Endpoint) => {
    const opened = await openSocket(endpoint);
    if (isDisposed) opened.terminate();
    socket = opened;
    opened.on("message", (data) => {
      const event = parseMessage(data, statusEventSchema);
      if (!event) return;
      heard.set(event.agentId, event.status);
      agents.set(event.agentId, event.status);
      if (connected) changed();
    });
    opened.once("close", () => lost(opened));
    keepAlive(opened);
    opened.send(JSON.stringify({ type: "subscribeStatus" }));
    return opened;
  };

  const drop = () => {
    const opened = socket;
    const wasConnected = connected !== undefined;
    socket = undefined;
    connected = undefined;
    opened?.terminate();
    if (!wasConnected) return;
    pauses.lost();
    changed();
  };

  const lost = (closed: WebSocket) => {
    if (socket !== closed) return;
    if (connected) logger.info(`The gateway at ${connected.url} is gone.`);
    drop();
    if (!looking) again();
  };

  const again = () => {
    if (isDisposed) return;
    clearTimeout(nextTry);
    nextTry = setTimeout(() => void attempt(), pauses.next());
    nextTry.unref();
  };

  const failed = (error: unknown) => {
    drop();
    fault = isAIHubError(error) ? error : undefined;
    // Said once for each reason: a gateway that is not running is no news.
    if (said === messageOf(error) || isDisposed) return;
    said = messageOf(error);
    logger.debug(said);
    changed();
  };

  const lookUntilSettled = async () => {
    do {
      isAskedAgain = false;
      await look().catch(failed);
    } while (isAskedAgain && !isDisposed);
    looking = undefined;
    if (!socket) again();
  };

  const attempt = (): Promise<void> => {
    clearTimeout(nextTry);
    isAskedAgain = looking !== undefined;
    return (looking ??= lookUntilSettled());
  };

  const state = () => connected && { url: connected.url, agents };

  void attempt();
  return {
    state,
    fault: () => fault,
    async ready() {
      if (!connected) await Promise.race([looking ?? attempt(), pause(readyTime, undefined, { ref: false })]);
      return state();
    },
    onDidChange(listener) {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    retry() {
      pauses.reset();
      void attempt();
      clearTimeout(reload);
      if (!connected) return;
      reload = setTimeout(() => {
        isStale = true;
        void attempt();
      }, reloadTime);
      reload.unref();
    },
    dispose() {
      isDisposed = true;
      clearTimeout(nextTry);
      clearTimeout(reload);
      listeners.clear();
      socket?.terminate();
    },
  };
}
