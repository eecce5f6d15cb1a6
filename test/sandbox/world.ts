import { createCodes } from "./codes";
import { createDevices } from "./devices";
import { createFaults } from "./faults";
import { createPersons } from "./persons";
import { createTokens } from "./tokens";
import type { SandboxRequest, Vendor } from "./types";

/** Everything the vendors remember. One per sandbox. */
export function createWorld() {
  const secrets = new Set<string>();
  const requests: SandboxRequest[] = [];
  const replyChanges = new Map<Vendor, Record<string, unknown>>();
  return {
    /** Plans other members for the vendor's next token reply; `undefined` leaves one out. */
    changeNextReply: (vendor: Vendor, members: Record<string, unknown>) => void replyChanges.set(vendor, members),
    takeReplyChange(vendor: Vendor): Record<string, unknown> {
      const members = replyChanges.get(vendor) ?? {};
      replyChanges.delete(vendor);
      return members;
    },
    secrets,
    requests,
    persons: createPersons(),
    tokens: createTokens(secrets),
    codes: createCodes(secrets),
    devices: createDevices(secrets),
    faults: createFaults(),
    /** Access token lifetimes in seconds; the vendors' own by default. At GitHub: of the Copilot token. */
    lifetimes: { anthropic: 28_800, openai: 864_000, github: 1_800 } satisfies Record<Vendor, number>,
    /** Seconds between device polls. The vendors say 5; one second keeps tests quick. */
    deviceIntervals: { anthropic: 1, openai: 1, github: 1 } satisfies Record<Vendor, number>,
    /** What the models say instead of the default. */
    replies: new Map<Vendor, string>(),
  };
}

export type World = ReturnType<typeof createWorld>;
