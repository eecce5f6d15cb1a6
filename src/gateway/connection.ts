import WebSocket from "ws";
import { AIHubError, isAIHubError } from "../common/errors";
import { timedFetch } from "../common/http";
import type { z } from "zod/mini";

/** A gateway that may be spoken to. */
export interface Endpoint {
  /** For example `http://127.0.0.1:4000`. */
  url: string;
  /** Asked for by a gateway of several users; a gateway of one person takes none. */
  token?: string;
}

/** How long a socket may take to open, in ms. */
const openTimeout = 10_000;

/** A gateway that says nothing for two of these is gone, in ms. */
const pingInterval = 30_000;

/** @throws AIHubError `gateway_missing`, `gateway_refused`, `gateway_unknown` */
export async function getJson<T>({ url, token }: Endpoint, path: string, schema: z.ZodMiniType<T>): Promise<T> {
  const response = await timedFetch()(`${url}${path}`, { headers: headers(token) }).catch((error: unknown) => {
    throw isAIHubError(error, "offline") ? new AIHubError("gateway_missing", { host: url }, { cause: error }) : error;
  });
  if (response.status === 401 || response.status === 403) throw new AIHubError("gateway_refused", { host: url });
  const body: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new AIHubError("gateway_unknown", { host: url });
  return parsed.data;
}

/** @throws AIHubError `gateway_missing`, `gateway_refused` */
export async function openSocket({ url, token }: Endpoint): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/ws`, { headers: headers(token), handshakeTimeout: openTimeout });
  // An error after the opening ends in `close`, which its owner hears.
  socket.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("unexpected-response", (request, { statusCode }) => {
      request.destroy();
      reject(new AIHubError(statusCode === 401 || statusCode === 403 ? "gateway_refused" : "gateway_unknown", { host: url }));
    });
    socket.once("error", (error) => reject(new AIHubError("gateway_missing", { host: url }, { cause: error })));
  });
  return socket;
}

/** A machine that slept leaves a connection that is open on one side only. Pings are in nobody's log. */
export function keepAlive(socket: WebSocket): void {
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

/** A message of the gateway, `undefined` for what is of another shape. */
export function parseMessage<T>(data: WebSocket.RawData, schema: z.ZodMiniType<T>): T | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse((data as Buffer).toString("utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function headers(token: string | undefined): Record<string, string> {
  return token ? { authorization: `Bearer ${token}` } : {};
}
