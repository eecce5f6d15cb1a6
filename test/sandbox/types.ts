import type { Person } from "./persons";

/** The vendors that the sandbox plays. */
export const vendors = ["anthropic", "openai", "github"] as const;

export type Vendor = (typeof vendors)[number];

/** One request as the vendors saw it. Never holds a token, a code or a query string. */
export interface SandboxRequest {
  /** Arrival, ms since the epoch. */
  time: number;
  host: string;
  method: string;
  /** Path without the query. */
  path: string;
  /** HTTP status of the answer; 0 while there is none, or when the connection was dropped. */
  status: number;
  vendor?: Vendor;
  /** Email or login that the presented access token, refresh token or code belongs to. */
  account?: string;
  grantType?: string;
  model?: string;
  /** Why the sandbox answered as it did, in words. */
  note?: string;
}

/** One sign-in: the tokens that descend from one consent. Revoking it kills them all. */
export interface Grant {
  vendor: Vendor;
  person: Person;
  clientId: string;
  scope: string;
  /** GitHub only: the domain that signed the person in. */
  domain?: string;
  revoked: boolean;
}
