import type WebSocket from "ws";
import type { Disposable } from "../common/disposable";
import { messageOf } from "../common/errors";
import type { Logger } from "../common/logger";
import { getJson, openSocket, parseMessage, type Endpoint } from "./connection";
import { capabilitiesSchema, statusesSchema, statusEventSchema, type AgentState } from "./protocol";

/** The pause before the first further try, doubled with each one up to the longest, in ms. */
const firstPause = 1_000;
const longestPause = 60_000;

/** A gateway that says nothing for two of these is gone, in ms. */
const pingInterval = 30_000;

/** What is known of the gateway at this moment. */
export interface GatewayState {
  url: string;
  /** By the agent's id. */
  agents: ReadonlyMap<string, AgentState>;
}

export interface GatewayClient extends Disposable {
  /** `undefined` while no gateway answers. */
  state(): GatewayState | undefined;
  onDidChange(listener: () => void): Disposable;
  /** Tries now instead of after the pause: the gateway was started, its config was changed. */
  retry(): void;
}

/**
 * Follows the gateway: one WebSocket, whose events say which agents work. The gateway writes every HTTP request into
 * its person's log, so that each connection makes two (what it is, and the states to begin with) and then none.
 *
 * @param locate where it is by now; `undefined` when there is none to look for
 */
export function createGatewayClient(locate: () => Promise<Endpoint | undefined>, logger: Logger): GatewayClient {
  const listeners = new Set<() => void>();
  const agents = new Map<string, AgentState>();
  let connected: Endpoint | undefined;
  let socket: WebSocket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let isTrying = false;
  let isDisposed = false;
  let said = "";

  const changed = () => listeners.forEach((listener) => listener());

  const connect = async () => {
    const endpoint = await locate();
    if (!endpoint) return;
    const { agents: known } = await getJson(endpoint, "/api/capabilities", capabilitiesSchema);
    const opened = await openSocket(endpoint);
    if (isDisposed) return opened.terminate();
    socket = opened;
    const heard = new Map<string, AgentState>();
    opened.on("message", (data) => {
      const event = parseMessage(data, statusEventSchema);
      if (!event) return;
      heard.set(event.agentId, event.status);
      agents.set(event.agentId, event.status);
      if (connected) changed();
    });
    opened.once("close", () => lost(opened));
    keepAlive(opened);
    // Subscribed before it is asked: what changes meanwhile is heard, and what was heard is newer than the answer.
    opened.send(JSON.stringify({ type: "subscribeStatus" }));
    const { statuses } = await getJson(endpoint, "/api/agents/status", statusesSchema);
    if (socket !== opened) return;
    agents.clear();
    for (const id of known) agents.set(id, "idle");
    for (const [id, status] of [...Object.entries(statuses), ...heard]) agents.set(id, status);
    connected = endpoint;
    failures = 0;
    said = "";
    logger.info(`The gateway at ${endpoint.url} answers.`);
    changed();
  };

  const lost = (closed: WebSocket) => {
    if (socket !== closed) return;
    socket = undefined;
    if (connected) logger.info(`The gateway at ${connected.url} is gone.`);
    connected = undefined;
    agents.clear();
    if (isDisposed) return;
    changed();
    again();
  };

  const again = () => {
    clearTimeout(timer);
    // Jitter keeps many windows from coming back in step.
    const pause = Math.min(longestPause, firstPause * 2 ** failures++) * (0.5 + Math.random() / 2);
    timer = setTimeout(attempt, pause);
    timer.unref();
  };

  const attempt = () => {
    if (isTrying || socket || isDisposed) return;
    clearTimeout(timer);
    isTrying = true;
    connect()
      .catch((error: unknown) => {
        // Said once for each reason: a gateway that is not running is no news.
        if (said !== messageOf(error)) logger.debug(messageOf(error));
        said = messageOf(error);
        const opened = socket;
        socket = undefined;
        opened?.terminate();
      })
      .finally(() => {
        isTrying = false;
        if (!socket && !isDisposed) again();
      });
  };

  attempt();
  return {
    state: () => connected && { url: connected.url, agents },
    onDidChange(listener) {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    retry() {
      failures = 0;
      attempt();
    },
    dispose() {
      isDisposed = true;
      clearTimeout(timer);
      listeners.clear();
      socket?.terminate();
    },
  };
}

/** A machine that slept leaves a connection that is open on one side only. Pings are in nobody's log. */
function keepAlive(socket: WebSocket): void {
  let isAlive = true;
  socket.on("pong", () => (isAlive = true));
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, pingInterval);
  timer.unref();
  socket.once("close", () => clearInterval(timer));
}
