import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { WebSocketServer, type WebSocket } from "ws";
import { z } from "zod";
import { honourNetworkEnvironment } from "../../../src/common/proxy";
import { aihubHome } from "../../../src/store/paths";
import { openConfig, type GatewayAgent } from "./config";
import { runAgent, warmUp, type StreamEvent } from "./runs";

/*
 * The aihub gateway, played as a process of its own: its HTTP and WebSocket protocol, its config of both
 * shapes with its hot reload, and runs that ask the vendors with what stands in `auth.json`.
 * It logs every request, as the gateway does, and once `Starting gateway server on HOST:PORT`.
 */
const message = z.discriminatedUnion("type", [
  z.object({ type: z.literal("send"), agentId: z.string(), message: z.string(), sessionKey: z.string().optional() }),
  z.object({ type: z.literal("subscribeStatus") }),
  z.object({ type: z.literal("unsubscribeStatus") }),
]);
const posted = z.object({ message: z.string(), sessionKey: z.string().optional() });

async function main(): Promise<void> {
  await honourNetworkEnvironment();
  await warmUp();
  const home = aihubHome();
  const config = openConfig(home);
  const bearer = process.env.GATEWAY_BEARER;
  const running = new Map<string, AbortController>();
  const statusSubscribers = new Set<WebSocket>();

  const tellStatus = (agentId: string, status: "streaming" | "idle") => {
    for (const socket of statusSubscribers) socket.send(JSON.stringify({ type: "status", agentId, status }));
  };

  const run = async (agent: GatewayAgent, words: string, emit: (event: StreamEvent) => void): Promise<string> => {
    if (words === "/abort") {
      running.get(agent.id)?.abort();
      emit({ type: "done", meta: { durationMs: 0, aborted: true } });
      return "";
    }
    const abort = new AbortController();
    running.set(agent.id, abort);
    tellStatus(agent.id, "streaming");
    try {
      return await runAgent(home, agent, words, emit, abort.signal);
    } finally {
      running.delete(agent.id);
      tellStatus(agent.id, "idle");
    }
  };

  const isAllowed = ({ headers }: IncomingMessage) => bearer === undefined || headers.authorization === `Bearer ${bearer}`;

  const answer = async (request: IncomingMessage): Promise<[number, unknown]> => {
    const { pathname } = new URL(request.url ?? "/", "http://gateway");
    const route = `${request.method} ${pathname}`;
    const agents = config.agents();
    if (route === "GET /health") return [200, { ok: true }];
    if (!isAllowed(request)) return [401, { error: "Unauthorized" }];
    if (route === "GET /api/capabilities") return [200, { version: 2, extensions: {}, agents: agents.map(({ id }) => id), multiUser: bearer !== undefined, agentFab: false }];
    if (route === "GET /api/agents") return [200, agents.map(({ id, name, model, auth }) => ({ id, name, model, sdk: "pi", authMode: auth?.mode, queueMode: "queue" }))];
    if (route === "GET /api/agents/status") return [200, { statuses: Object.fromEntries(agents.map(({ id }) => [id, running.has(id) ? "streaming" : "idle"])) }];
    const id = /^POST \/api\/agents\/([^/]+)\/messages$/.exec(route)?.[1];
    if (id === undefined) return [404, { error: "Not found" }];
    const agent = config.agent(decodeURIComponent(id));
    if (!agent) return [404, { error: "Agent not found" }];
    try {
      const started = Date.now();
      const answered = await run(agent, posted.parse(JSON.parse(await text(request))).message, () => {});
      return [200, { payloads: [{ text: answered }], meta: { durationMs: Date.now() - started } }];
    } catch (error) {
      return [500, { error: error instanceof Error ? error.message : String(error) }];
    }
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    console.log(`--> ${request.method} ${request.url}`);
    void answer(request).then(([status, body]) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)));
  });

  const sockets = new WebSocketServer({ server, path: "/ws", verifyClient: ({ req }: { req: IncomingMessage }) => isAllowed(req) });
  sockets.on("connection", (socket) => {
    console.log("--> WS /ws");
    const send = (event: unknown) => socket.readyState === socket.OPEN && socket.send(JSON.stringify(event));
    socket.on("close", () => statusSubscribers.delete(socket));
    socket.on("message", (raw: Buffer) => {
      const parsed = message.safeParse(JSON.parse(raw.toString("utf8")));
      if (!parsed.success) return void send({ type: "error", message: "Unknown message type" });
      if (parsed.data.type === "subscribeStatus") return void statusSubscribers.add(socket);
      if (parsed.data.type === "unsubscribeStatus") return void statusSubscribers.delete(socket);
      const agent = config.agent(parsed.data.agentId);
      if (!agent) return void send({ type: "error", message: "Agent not found" });
      run(agent, parsed.data.message, send).catch((error: unknown) => send({ type: "error", message: error instanceof Error ? error.message : String(error) }));
    });
  });

  server.listen(config.port, config.host, () => console.log(`Starting gateway server on ${config.host}:${config.port}`));
  process.once("SIGTERM", () => process.exit(0));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
