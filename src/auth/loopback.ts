import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AIHubError, systemCode } from "../common/errors";
import type { LoopbackFlow } from "../providers/provider";
import { loopbackPage, type PageText } from "./loopbackPage";

/** The redirect that arrived. The browser waits until `answer` says how the sign-in ended. */
export interface Redirect {
  parameters: URLSearchParams;
  answer(page: PageText): void;
}

export interface LoopbackListener {
  port: number;
  /** The first redirect with the right state. Never rejects; pends for ever if none comes. */
  redirect: Promise<Redirect>;
  close(): Promise<void>;
}

/**
 * Listens for the redirect on 127.0.0.1 and ::1 (RFC 8252 7.3, 8.3). Any page in the person's browser can call
 * this port, so a request with another Host, path, method or state is turned away and the wait goes on.
 *
 * @throws AIHubError `ports_in_use`
 */
export async function listenOnLoopback(flow: LoopbackFlow, state: string, provider: string): Promise<LoopbackListener> {
  let arrived!: (redirect: Redirect) => void;
  const redirect = new Promise<Redirect>((resolve) => (arrived = resolve));
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const target = request.url ?? "/";
    if (!target.startsWith("/") || !URL.canParse(target, "http://localhost")) {
      return sendPage(response, 400, { title: "Not understood", text: "This address only takes a redirect." });
    }
    const url = new URL(target, "http://localhost");
    if (!isLoopbackHost(request.headers.host)) return sendPage(response, 421, { title: "Not here", text: "This address serves only this computer." });
    if (url.pathname !== flow.path) return sendPage(response, 404, { title: "Not found", text: "There is nothing at this address." });
    if (request.method !== "GET") return sendPage(response, 405, { title: "Not allowed", text: "This address only takes a redirect." });
    if (url.searchParams.get("state") !== state) {
      return sendPage(response, 400, { title: "Not this sign-in", text: "This page belongs to another sign-in. Use the one that was opened last." });
    }
    arrived({
      parameters: url.searchParams,
      answer: (page) => sendPage(response, 200, page),
    });
  };

  const servers = await listenOnFirstFree(flow, handle, provider);
  return {
    port: (servers[0]?.address() as AddressInfo).port,
    redirect,
    async close() {
      await Promise.all(servers.map(closeServer));
    },
  };
}

async function listenOnFirstFree(flow: LoopbackFlow, handle: (request: IncomingMessage, response: ServerResponse) => void, provider: string) {
  const ports = flow.anyPort ? [...flow.ports, 0] : flow.ports;
  for (const port of ports) {
    const ipv4 = await listen(port, "127.0.0.1", handle);
    if (!ipv4) continue;
    // Browsers try ::1 first for "localhost". A machine without IPv6 does without; a port taken there is taken.
    const chosen = (ipv4.address() as AddressInfo).port;
    const ipv6 = await listen(chosen, "::1", handle).catch(() => null);
    if (ipv6 !== undefined) return ipv6 ? [ipv4, ipv6] : [ipv4];
    await closeServer(ipv4);
  }
  throw new AIHubError("ports_in_use", { provider, known: flow.ports.map(String) });
}

/** `undefined` when the port is taken (Windows says EACCES of its reserved ranges). */
function listen(port: number, host: string, handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(handle);
    server.once("error", (error) => {
      if (["EADDRINUSE", "EACCES"].includes(systemCode(error) ?? "")) resolve(undefined);
      else reject(error);
    });
    server.listen(port, host, () => resolve(server));
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
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
