import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { SandboxRequest, Vendor } from "./types";
import type { World } from "./world";

/** One request with its body read, and the answer to be given. */
export interface Exchange {
  host: string;
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
  response: ServerResponse;
  record: SandboxRequest;
  /** How a model's answer goes wrong on its way. */
  turn?: ModelFault;
}

/** An error event after the first pieces, or an answer that the model declines to give. */
export type ModelFault = { kind: "error_event"; error: string; message: string; after: number } | { kind: "refusal" };

export type Handler = (exchange: Exchange, world: World) => void | Promise<void>;

/** What a vendor answers to one kind of request. */
export interface Route {
  hosts: readonly string[];
  method: "GET" | "POST";
  path: string | RegExp;
  handle: Handler;
  /** A model answers there. */
  isModel?: true;
  /** On token endpoints: the vendor's refusal, for the fault of that name. */
  onInvalidGrant?: Handler;
  /** On consents: what happens when the person says no, for the fault of that name. */
  onDenied?: Handler;
}

/** A vendor: the hosts it owns, its answers, and its way of saying that something went wrong. */
export interface VendorPlay {
  vendor: Vendor;
  hosts: readonly string[];
  routes: readonly Route[];
  errorBody: (status: number, message?: string) => unknown;
}

/** Between two events of a stream, so that it arrives in pieces as a model's does. */
const streamGapMs = 2;

function begin(exchange: Exchange, status: number, headers: OutgoingHttpHeaders): void {
  exchange.record.status = status;
  exchange.response.writeHead(status, { "cache-control": "no-store", ...headers });
}

/** Answers with JSON. */
export function sendJson(exchange: Exchange, status: number, body: unknown, headers: OutgoingHttpHeaders = {}): void {
  begin(exchange, status, { "content-type": "application/json", ...headers });
  exchange.response.end(JSON.stringify(body));
}

/** Answers with plain text, or with what `content-type` in `headers` says. */
export function sendText(exchange: Exchange, status: number, body: string, headers: OutgoingHttpHeaders = {}): void {
  begin(exchange, status, { "content-type": "text/plain; charset=utf-8", ...headers });
  exchange.response.end(body);
}

/** Answers with a page. */
export function sendPage(exchange: Exchange, status: number, html: string): void {
  sendText(exchange, status, html, { "content-type": "text/html; charset=utf-8" });
}

/** Sends the browser elsewhere. */
export function redirect(exchange: Exchange, location: string): void {
  begin(exchange, 302, { location });
  exchange.response.end();
}

/** One server-sent event; a string is sent as it is. */
export interface ServerEvent {
  event?: string;
  data: unknown;
}

/** Streams server-sent events one by one, until done or the client has gone. */
export async function sendEvents(exchange: Exchange, events: Iterable<ServerEvent>): Promise<void> {
  const { response } = exchange;
  begin(exchange, 200, { "content-type": "text/event-stream; charset=utf-8" });
  for (const { event, data } of events) {
    if (response.destroyed) {
      return;
    }
    const name = event === undefined ? "" : `event: ${event}\n`;
    response.write(`${name}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
    await wait(streamGapMs);
  }
  response.end();
}

/** What is streamed: whole, or some pieces and then the vendor's error event, for the fault of that name. */
export function* upToFault<Event>({ turn }: Exchange, events: Iterable<Event>, errorEvent: (error: string, message: string) => Event): Iterable<Event> {
  let left = turn?.kind === "error_event" ? turn.after : Infinity;
  for (const event of events) {
    if (left-- <= 0) break;
    yield event;
  }
  if (turn?.kind === "error_event") yield errorEvent(turn.error, turn.message);
}

/** The request's JSON, or undefined if it is not JSON or not declared as such. */
export function jsonBody(exchange: Exchange): unknown {
  if (!exchange.headers["content-type"]?.startsWith("application/json")) {
    return undefined;
  }
  try {
    return JSON.parse(exchange.body) as unknown;
  } catch {
    return undefined;
  }
}

/** The string members of a JSON object body, or undefined if there is no such body. */
export function jsonParams(exchange: Exchange): URLSearchParams | undefined {
  const body = jsonBody(exchange);
  if (typeof body !== "object" || body === null) {
    return undefined;
  }
  const strings = Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return new URLSearchParams(strings);
}

/** The fields of a form body, or undefined if the body is not declared as a form. */
export function formParams(exchange: Exchange): URLSearchParams | undefined {
  return exchange.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")
    ? new URLSearchParams(exchange.body)
    : undefined;
}

/** The token of an `Authorization: Bearer` header. GitHub's older `token` scheme counts, too. */
export function bearerOf(headers: IncomingHttpHeaders): string | undefined {
  return /^(?:bearer|token) (\S+)$/i.exec(headers.authorization ?? "")?.[1];
}

/** A header's value, the first one if it came several times. */
export function headerOf(exchange: Exchange, name: string): string | undefined {
  const value = exchange.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
