import { AIHubError, systemCode } from "./errors";
import { isRecord } from "./record";
import { withTimeLimit } from "./timeLimit";

/** How long a caller waits for a vendor, in ms. */
export const httpTimeout = 15_000;

/** How long a vendor is listened to whose answer must not be missed, in ms. Locks that are held across a call outlive it. */
export const longHttpTimeout = 60_000;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * The global `fetch` with a time limit, in ms. It is looked up at each call, because VS Code (proxy and
 * certificate settings) and undici's dispatcher replace it after start.
 *
 * @throws AIHubError `offline` when no whole answer came, `cancelled` when `signal` was aborted.
 */
export function timedFetch(signal?: AbortSignal, limit = httpTimeout): Fetch {
  return (url, init) =>
    withTimeLimit(signal, limit, async (limited) => {
      try {
        const response = await fetch(url, { ...init, signal: limited });
        // An answer that breaks off in its midst is none.
        await response.clone().arrayBuffer();
        return response;
      } catch (error) {
        if (signal?.aborted) throw new AIHubError("cancelled");
        const reason = limited.aborted ? "no answer in time" : systemCode(error);
        throw new AIHubError("offline", { host: new URL(url).host, reason }, { cause: error });
      }
    });
}

/**
 * The error class of an HTTP status that no protocol rule explained.
 * The body stays out of it: vendors echo secrets there.
 */
export function statusError(provider: string, response: Response): AIHubError {
  if (response.status === 429) return new AIHubError("rate_limited", { provider, status: 429, retryAt: retryAt(response) });
  const code = response.status >= 500 ? "vendor_fault" : "vendor_refused";
  return new AIHubError(code, { provider, status: response.status, retryAt: retryAt(response) });
}

/** Nobody means a longer `Retry-After`, in seconds. */
const absurdDelay = 366 * 24 * 3600;

/** `Retry-After` (RFC 9110 10.2.3) as ms since the epoch. */
function retryAt(response: Response): number | undefined {
  const value = response.headers.get("retry-after");
  if (value === null) return undefined;
  const seconds = Number(value);
  const time = Number.isFinite(seconds) ? Date.now() + Math.min(seconds, absurdDelay) * 1000 : Date.parse(value);
  return Number.isFinite(time) ? time : undefined;
}

/**
 * An object from a JSON answer.
 * @throws AIHubError `malformed_answer` when the body is not a JSON object.
 */
export async function jsonObject(provider: string, response: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await response.json();
    if (isRecord(body)) return body;
  } catch {
    // Falls through: what could not be parsed is as malformed as what is not an object.
  }
  throw new AIHubError("malformed_answer", { provider, status: response.status });
}
