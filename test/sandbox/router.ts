import { ServerResponse } from "node:http";
import type { IncomingMessage, RequestListener } from "node:http";
import { TLSSocket } from "node:tls";
import type { Exchange, Handler, Route, VendorPlay } from "./exchange";
import { bearerOf, sendJson, sendText } from "./exchange";
import type { Fault } from "./faults";
import type { World } from "./world";

/** Finds the vendor and the handler for each request, after recording it and applying faults. */
export function createRouter(world: World, plays: readonly VendorPlay[]): RequestListener {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = open(request, response, world);
    exchange.body = await readBody(request);
    // Only TLS is played: what the product sends over plain HTTP would be a mistake of its own.
    const play = request.socket instanceof TLSSocket ? plays.find((p) => p.hosts.includes(exchange.host)) : undefined;
    const route = play?.routes.find((candidate) => fits(candidate, exchange));
    if (play) {
      exchange.record.vendor = play.vendor;
    }
    const faults = world.faults.take(exchange.record, (fault) => applies(fault, route));
    for (const fault of faults) {
      exchange.record.note = `fault: ${fault.kind}`;
      if (fault.kind === "latency") {
        await world.faults.delay(fault.ms);
      }
    }
    const fault = faults.find((candidate) => candidate.kind !== "latency");
    const handle = (fault && play && handlerOf(fault, play, route)) ?? route?.handle ?? (play ? unknownPath : notPlayed);
    if (fault?.kind === "drop") {
      request.socket.destroy();
    } else if (fault?.kind === "lost") {
      await handle({ ...exchange, response: new ServerResponse(request) }, world);
      exchange.record.status = 0;
      request.socket.destroy();
    } else {
      if (fault?.kind === "cut") {
        cutAfter(response, 5);
      }
      if (fault?.kind === "error_event") {
        const { kind, error, message = `The sandbox says ${error}.`, after = 5 } = fault;
        exchange.turn = { kind, error, message, after };
      }
      if (fault?.kind === "refusal") {
        exchange.turn = { kind: fault.kind };
      }
      await handle(exchange, world);
    }
  }

  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error("sandbox:", error);
      request.socket.destroy();
    });
  };
}

/** Destroys the connection in place of a later piece of the answer. */
function cutAfter(response: ServerResponse, pieces: number): void {
  const write = response.write.bind(response);
  let written = 0;
  response.write = (chunk: unknown) => {
    written += 1;
    if (written <= pieces) {
      return write(chunk);
    }
    response.destroy();
    return false;
  };
}

function open(request: IncomingMessage, response: ServerResponse, world: World): Exchange {
  // A proxied plain-HTTP request carries its whole URL; Host decides everywhere else.
  const url = new URL(request.url ?? "/", `https://${request.headers.host ?? "unknown"}`);
  const method = request.method ?? "GET";
  const record: Exchange["record"] = { time: Date.now(), host: url.hostname, method, path: url.pathname, status: 0 };
  world.requests.push(record);
  const presented = bearerOf(request.headers) ?? request.headers["x-api-key"];
  const owner = typeof presented === "string" ? world.tokens.grantOf(presented)?.person.id : undefined;
  if (owner) {
    record.account = owner;
  }
  return {
    host: url.hostname,
    method,
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: "",
    response,
    record,
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function fits(route: Route, { host, method, path }: Exchange): boolean {
  const isPath = typeof route.path === "string" ? route.path === path : route.path.test(path);
  return isPath && route.method === method && route.hosts.includes(host);
}

function applies(fault: Fault, route: Route | undefined): boolean {
  switch (fault.kind) {
    case "invalid_grant":
      return route?.onInvalidGrant !== undefined;
    case "denied":
      return route?.onDenied !== undefined;
    case "error_event":
      return route?.isModel === true;
    case "refusal":
      return route?.isModel === true && !String(route.path).endsWith("/responses");
    default:
      return true;
  }
}

function handlerOf(fault: Fault, play: VendorPlay, route: Route | undefined): Handler | undefined {
  switch (fault.kind) {
    case "status": {
      const headers = fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
      return (exchange) => sendJson(exchange, fault.status, play.errorBody(fault.status, fault.message), headers);
    }
    case "malformed":
      return (exchange) => sendText(exchange, 200, "<!doctype html><p>not json", { "content-type": "application/json" });
    case "answer":
      return (exchange) => sendJson(exchange, 200, fault.body);
    case "invalid_grant":
      if (fault.description === undefined) return route?.onInvalidGrant;
      return (exchange) => sendJson(exchange, 400, { error: "invalid_grant", error_description: fault.description });
    case "denied":
      return route?.onDenied;
    default:
      return undefined;
  }
}

function unknownPath(exchange: Exchange): void {
  exchange.record.note = "unknown path";
  sendJson(exchange, 404, { error: "not_found", message: "Not Found" });
}

function notPlayed(exchange: Exchange): void {
  exchange.record.note = "not played";
  sendText(exchange, 502, `not played: ${exchange.host}`);
}
