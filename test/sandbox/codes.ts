import { createHash } from "node:crypto";
import type { Person } from "./persons";
import { randomToken } from "./tokens";
import type { Grant, Vendor } from "./types";

const lifetimeMs = 10 * 60_000;

interface CodeDetails {
  vendor: Vendor;
  person: Person;
  clientId: string;
  redirectUri: string;
  challenge: string;
  state: string;
  scope: string;
}

interface AuthorizationCode extends CodeDetails {
  expiresAt: number;
  used: boolean;
  /** What was issued for it, to be revoked if the code comes back. */
  grant?: Grant;
}

interface Redemption {
  vendor: Vendor;
  code: string;
  clientId: string;
  redirectUri: string;
  verifier: string;
  /** Anthropic only: compared with the state of the authorization request. */
  state?: string;
}

/** The S256 challenge of a PKCE verifier (RFC 7636, 4.2). */
export function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

/** Authorization codes: single-use, ten minutes, bound to client, redirect URI and PKCE verifier. */
export function createCodes(secrets: Set<string>) {
  const codes = new Map<string, AuthorizationCode>();

  /** A fresh code for a consent that was given. */
  function issue(details: CodeDetails): string {
    const value = randomToken("", 32);
    secrets.add(value);
    codes.set(value, { ...details, expiresAt: Date.now() + lifetimeMs, used: false });
    return value;
  }

  /** Exchanges a code for a grant, or says why not. A failed attempt uses the code up, too. */
  function redeem(attempt: Redemption): Grant | { refusal: string } {
    secrets.add(attempt.verifier);
    const code = codes.get(attempt.code);
    if (!code || code.vendor !== attempt.vendor || code.clientId !== attempt.clientId) {
      return { refusal: "The authorization code is unknown." };
    }
    if (code.used) {
      // RFC 6749, 4.1.2: tokens issued from a code that is used twice SHOULD be revoked.
      if (code.grant) {
        code.grant.revoked = true;
      }
      return { refusal: "The authorization code was used before." };
    }
    code.used = true;
    const problem = problemWith(code, attempt);
    if (problem) {
      return { refusal: problem };
    }
    const { vendor, person, clientId, scope } = code;
    code.grant = { vendor, person, clientId, scope, revoked: false };
    return code.grant;
  }

  /** Codes issued so far are expired from now on. */
  function expire(vendor?: Vendor): void {
    for (const code of codes.values()) {
      if (!vendor || code.vendor === vendor) {
        code.expiresAt = 0;
      }
    }
  }

  return { issue, redeem, expire };
}

function problemWith(code: AuthorizationCode, attempt: Redemption): string | undefined {
  if (code.expiresAt <= Date.now()) {
    return "The authorization code has expired.";
  }
  if (code.redirectUri !== attempt.redirectUri) {
    return "redirect_uri is not the one of the authorization request.";
  }
  if (code.challenge !== challengeOf(attempt.verifier)) {
    return "code_verifier does not match code_challenge.";
  }
  if (attempt.state !== undefined && code.state !== attempt.state) {
    return "state is not the one of the authorization request.";
  }
  return undefined;
}
