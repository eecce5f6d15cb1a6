import type { Fetch } from "../common/http";
import { isRecord } from "../common/record";

const readBody = (init: RequestInit): URLSearchParams => {
  if (init.body instanceof URLSearchParams) return init.body;
  return new URLSearchParams(typeof init.body === "string" ? init.body : "");
};

/** Sends the form of a token request as a JSON body instead. */
export function withJsonBody(fetch: Fetch): Fetch {
  return (url, init) => {
    const headers = new Headers(init.headers);
    headers.set("content-type", "application/json");
    return fetch(url, { ...init, headers, body: JSON.stringify(Object.fromEntries(readBody(init))) });
  };
}

export type RewriteAnswer = (body: Record<string, unknown>, status: number) => { body: Record<string, unknown>; status: number };

/** Rewrites a JSON answer before it is judged; any other answer passes as it is. */
export function withAnswer(fetch: Fetch, rewrite: RewriteAnswer): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    const body: unknown = await response.clone().json().catch(() => undefined);
    if (!isRecord(body)) return response;
    const answer = rewrite(body, response.status);
    const headers = new Headers({ "content-type": "application/json" });
    const retryAfter = response.headers.get("retry-after");
    if (retryAfter) headers.set("retry-after", retryAfter);
    return new Response(JSON.stringify(answer.body), { status: answer.status, headers });
  };
}
