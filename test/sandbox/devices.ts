import { randomInt } from "node:crypto";
import type { Person } from "./persons";
import { randomToken } from "./tokens";
import type { Vendor } from "./types";

/** GitHub and OpenAI both give the person 15 minutes. */
export const deviceLifetimeSeconds = 900;

/** No vowels, so that no words appear; no look-alikes. */
const alphabet = "BCDFGHJKLMNPQRSTVWXZ23456789";

/** One run of the device flow (RFC 8628). */
export interface DeviceRequest {
  vendor: Vendor;
  domain: string;
  clientId: string;
  scope: string;
  deviceCode: string;
  /** `ABCD-1234`. */
  userCode: string;
  expiresAt: number;
  /** Seconds between polls; grows when the client polls too fast. */
  interval: number;
  lastPoll?: number;
  state: "pending" | "authorized" | "denied" | "redeemed";
  person?: Person;
}

function group(): string {
  return Array.from({ length: 4 }, () => alphabet.charAt(randomInt(alphabet.length))).join("");
}

/** All device codes in circulation. */
export function createDevices(secrets: Set<string>) {
  const requests: DeviceRequest[] = [];

  /** Starts a device flow. */
  function start(details: Pick<DeviceRequest, "vendor" | "domain" | "clientId" | "scope" | "interval">): DeviceRequest {
    const request: DeviceRequest = {
      ...details,
      deviceCode: randomToken("", 30),
      userCode: `${group()}-${group()}`,
      expiresAt: Date.now() + deviceLifetimeSeconds * 1000,
      state: "pending",
    };
    secrets.add(request.deviceCode);
    requests.push(request);
    return request;
  }

  /** The flow that a device code belongs to. */
  function byDeviceCode(vendor: Vendor, domain: string, deviceCode: string): DeviceRequest | undefined {
    return requests.find((r) => r.vendor === vendor && r.domain === domain && r.deviceCode === deviceCode);
  }

  /** The undecided, unexpired flow that a person's typed code belongs to; case and dash do not matter. */
  function byUserCode(vendor: Vendor, domain: string, typed: string): DeviceRequest | undefined {
    const plain = (code: string) => code.replace(/[^a-z0-9]/gi, "").toUpperCase();
    return requests.find(
      (r) =>
        r.vendor === vendor &&
        r.domain === domain &&
        r.state === "pending" &&
        r.expiresAt > Date.now() &&
        plain(r.userCode) === plain(typed),
    );
  }

  /** Device codes issued so far are expired from now on. */
  function expire(vendor?: Vendor): void {
    for (const request of requests.filter((r) => !vendor || r.vendor === vendor)) {
      request.expiresAt = 0;
    }
  }

  return { start, byDeviceCode, byUserCode, expire };
}
