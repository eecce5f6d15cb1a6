import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import type { SandboxRequest } from "./types";
import { vendors } from "./types";

/** Which requests a fault hits (all that are given must match) and how many of them. Default: one. */
const match = z.object({
  vendor: z.enum(vendors).optional(),
  host: z.string().optional(),
  path: z.string().optional(),
  times: z.number().int().positive().optional(),
});

/** What tests may ask to go wrong. */
export const faultSchema = z.discriminatedUnion("kind", [
  /** The request is handled `ms` later. */
  match.extend({ kind: z.literal("latency"), ms: z.number().nonnegative() }),
  /** An error status in the vendor's own form, with its words; `retryAfter` in seconds. */
  match.extend({
    kind: z.literal("status"),
    status: z.number().int().min(400).max(599),
    message: z.string().optional(),
    retryAfter: z.number().optional(),
  }),
  /** The connection is destroyed before the request is handled. */
  match.extend({ kind: z.literal("drop") }),
  /** The request is handled (a refresh token rotates), but the connection is destroyed instead of the answer. */
  match.extend({ kind: z.literal("lost") }),
  /** The connection is destroyed in the middle of a streamed answer. */
  match.extend({ kind: z.literal("cut") }),
  /** A streamed answer ends in the vendor's error event, after five others or so many; `error` is its type (Anthropic) or code. Hits models only. */
  match.extend({ kind: z.literal("error_event"), error: z.string(), message: z.string().optional(), after: z.number().int().positive().optional() }),
  /** The model declines to answer, by its stop reason. Hits models only, and not those of OpenAI's Responses format, which has none. */
  match.extend({ kind: z.literal("refusal") }),
  /** A token endpoint refuses the grant, with `description` where it is given. Hits token endpoints only. */
  match.extend({ kind: z.literal("invalid_grant"), description: z.optional(z.unknown()) }),
  /** A consent ends as access_denied, whatever was clicked. Hits consents only. */
  match.extend({ kind: z.literal("denied") }),
  /** 200 with a body that is not JSON. */
  match.extend({ kind: z.literal("malformed") }),
  /** 200 with this JSON, as a vendor that is not to be trusted might answer. */
  match.extend({ kind: z.literal("answer"), body: z.record(z.string(), z.unknown()) }),
]);

export type Fault = z.infer<typeof faultSchema>;

/** The faults that wait for their request. */
export function createFaults() {
  const waiting: { fault: Fault; left: number }[] = [];
  let delays = new AbortController();

  /** Plans a fault. */
  function add(fault: Fault): void {
    waiting.push({ fault, left: fault.times ?? 1 });
  }

  /**
   * Takes the faults for one request: every latency that matches and the first other one.
   * `fits` says whether the request's route has an answer for such a fault.
   */
  function take(request: SandboxRequest, fits: (fault: Fault) => boolean): Fault[] {
    const taken: Fault[] = [];
    for (const entry of waiting) {
      const isDecided = taken.some((fault) => fault.kind !== "latency");
      const isWanted = entry.left > 0 && (entry.fault.kind === "latency" || !isDecided);
      if (isWanted && matches(entry.fault, request) && fits(entry.fault)) {
        entry.left -= 1;
        taken.push(entry.fault);
      }
    }
    return taken;
  }

  /** Holds a request for `ms`, or until the faults are cleared. */
  async function delay(ms: number): Promise<void> {
    await wait(ms, undefined, { ref: false, signal: delays.signal }).catch(() => {});
  }

  /** Forgets the faults that are still to come, and lets go what is delayed. */
  function clear(): void {
    waiting.length = 0;
    delays.abort();
    delays = new AbortController();
  }

  return { add, take, delay, clear };
}

function matches(fault: Fault, request: SandboxRequest): boolean {
  return (
    (fault.vendor === undefined || fault.vendor === request.vendor) &&
    (fault.host === undefined || fault.host === request.host) &&
    (fault.path === undefined || fault.path === request.path)
  );
}
