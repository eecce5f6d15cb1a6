import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { systemCode } from "../common/errors";
import { loopbackPage, type PageText } from "./loopbackPage";

export interface LoopbackListener {
  port: number;
  /** The parameters of the first redirect with the right state. Never rejects; pends for ever if none comes. */
  redirect: Promise<URLSearchParams>;
  /** Says how the sign-in goes to every browser that was redirected here, also to those that still come. */
  answer(page: PageText): void;
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Listens for the redirect on 127.0.0.1 and ::1 (RFC 8252 7.3, 8.3). Any page in the person's browser can call
 * this port, so a request with another Host, path, method or state is turned away and the wait goes on.
 *
 * @param port 0 for any that is free
 * @returns `undefined` when this machine does not give the port.
 */
export async function listenOnLoopback(path: string, port: number, state: string): Promise<LoopbackListener | undefined> {
  let arrived!: (parameters: URLSearchParams) => void;
  const redirect = new Promise<URLSearchParams>((resolve) => (arrived = resolve));
  let page: PageText | undefined;
  const waiting: ServerResponse[] = [];
  const servers = await listenOnBoth(port, (request, response) => {
    const target = request.url ?? "/";
    if (!target.startsWith("/") || !URL.canParse(target, "http://localhost")) {
      return sendPage(response, 400, { title: "Not understood", text: "This address only takes a redirect." });
    }
    const url = new URL(target, "http://localhost");
    if (!isLoopbackHost(request.headers.host)) return sendPage(response, 421, { title: "Not here", text: "This address serves only this computer." });
    if (url.pathname !== path) return sendPage(response, 404, { title: "Not found", text: "There is nothing at this address." });
    if (request.method !== "GET") return sendPage(response, 405, { title: "Not allowed", text: "This address only takes a redirect." });
    if (url.searchParams.get("state") !== state) {
      return sendPage(response, 400, { title: "Not this sign-in", text: "This page belongs to another sign-in. Use the one that was opened last." });
    }
    if (page) return sendPage(response, 200, page);
    // A person who loads the page anew, or twice, is waiting as well.
    waiting.push(response);
    arrived(url.searchParams);
  });
  return servers && {
    port: servers[0].port,
    redirect,
    answer(outcome) {
      page = outcome;
      for (const response of waiting.splice(0)) sendPage(response, 200, page);
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

interface OpenServer {
  port: number;
  close(): Promise<void>;
}

async function listenOnBoth(port: number, handle: Handler): Promise<[OpenServer, ...OpenServer[]] | undefined> {
  const ipv4 = await listen(port, "127.0.0.1", handle);
  if (typeof ipv4 === "string") return undefined;
  // Browsers try ::1 first for "localhost". A machine without IPv6 does without; a port taken there is taken.
  const ipv6 = await listen(ipv4.port, "::1", handle);
  if (typeof ipv6 !== "string") return [ipv4, ipv6];
  if (!isTaken(ipv6)) return [ipv4];
  await ipv4.close();
  return undefined;
}

/** The server, or the system's code for why there is none. */
function listen(port: number, host: string, handle: Handler): Promise<OpenServer | string> {
  // Node takes a connection for idle only when it has asked something.
  const silent = new Set<Socket>();
  const server = createServer((request, response) => {
    silent.delete(request.socket);
    handle(request, response);
  });
  server.on("connection", (socket) => {
    silent.add(socket);
    socket.once("close", () => silent.delete(socket));
  });
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(systemCode(error) ?? error.name));
    server.listen(port, host, () => resolve({ port: (server.address() as AddressInfo).port, close: () => closeServer(server, silent) }));
  });
}

/** Windows says EACCES of its reserved ranges. */
function isTaken(code: string): boolean {
  return code === "EADDRINUSE" || code === "EACCES";
}

function closeServer(server: Server, silent: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    // Browsers open one to spare, for what the page might ask next.
    for (const socket of silent) socket.destroy();
    // A browser that keeps its connection open must not keep the sign-in open.
    setTimeout(() => server.closeAllConnections(), 1000).unref();
  });
}

/** Any port: a tunnel may give the browser another one than ours. */
function isLoopbackHost(host: string | undefined): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i.test(host ?? "");
}

function sendPage(response: ServerResponse, status: number, page: PageText): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    connection: "close",
  });
  response.end(loopbackPage(page));
}
