import type { Exchange } from "./exchange";
import { sendJson } from "./exchange";

const errorTypes: Record<number, string> = { 429: "rate_limit_exceeded", 500: "server_error", 503: "server_error" };

/** The error form of auth.openai.com, chatgpt.com and api.openai.com alike. */
export function openaiError(status: number, message = `The sandbox says ${status}.`, code?: string) {
  const type = errorTypes[status] ?? "invalid_request_error";
  return { error: { message, type, param: null, code: code ?? (status === 429 ? type : null) } };
}

/** Answers with an error. */
export function sendOpenaiError(exchange: Exchange, status: number, code: string, message: string): undefined {
  exchange.record.note = message;
  sendJson(exchange, status, openaiError(status, message, code));
}
