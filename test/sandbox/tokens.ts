import { randomBytes } from "node:crypto";
import type { Grant, Vendor } from "./types";

interface AccessToken {
  grant: Grant;
  /** ms since the epoch; Infinity for tokens that do not expire. */
  expiresAt: number;
  /** Copilot only: the one API host that takes the token. */
  apiHost?: string;
}

interface RefreshToken {
  grant: Grant;
  used: boolean;
}

/** Why a token is refused. */
export type TokenFault = "unknown" | "expired" | "revoked";

/** A random token in the alphabet the vendors use. */
export function randomToken(prefix: string, bytes = 48): string {
  return prefix + randomBytes(bytes).toString("base64url");
}

/**
 * All tokens in circulation. Refresh tokens are single-use, and a used one that comes back
 * ends its whole family (RFC 9700, 4.14.2), as Anthropic and OpenAI do.
 */
export function createTokens(secrets: Set<string>) {
  const accessTokens = new Map<string, AccessToken>();
  const refreshTokens = new Map<string, RefreshToken>();
  const apiKeys = new Map<string, Grant>();
  let reuseDetected = 0;

  /** Puts an access token into circulation. `lifetime` is in seconds. */
  function addAccess(value: string, grant: Grant, lifetime: number, apiHost?: string): string {
    secrets.add(value);
    accessTokens.set(value, { grant, expiresAt: Date.now() + lifetime * 1000, ...(apiHost ? { apiHost } : {}) });
    return value;
  }

  /** Puts a single-use refresh token into circulation. */
  function addRefresh(value: string, grant: Grant): string {
    secrets.add(value);
    refreshTokens.set(value, { grant, used: false });
    return value;
  }

  /** Makes an API key known; it belongs to the grant's account and does not expire. */
  function addApiKey(value: string, grant: Grant): string {
    secrets.add(value);
    apiKeys.set(value, grant);
    return value;
  }

  /** Uses up a refresh token. */
  function redeemRefresh(value: string, vendor: Vendor, clientId: string): Grant | "unknown" | "reused" {
    const token = refreshTokens.get(value);
    if (!token || token.grant.vendor !== vendor || token.grant.clientId !== clientId) {
      return "unknown";
    }
    if (token.used) {
      token.grant.revoked = true;
      reuseDetected += 1;
      return "reused";
    }
    if (token.grant.revoked) {
      return "unknown";
    }
    token.used = true;
    return token.grant;
  }

  /** The live access token, or what is wrong with it. */
  function checkAccess(value: string, vendor: Vendor): AccessToken | TokenFault {
    const token = accessTokens.get(value);
    if (!token || token.grant.vendor !== vendor) {
      return "unknown";
    }
    if (token.grant.revoked) {
      return "revoked";
    }
    return token.expiresAt > Date.now() ? token : "expired";
  }

  /** The live API key's grant. */
  function checkApiKey(value: string, vendor: Vendor): Grant | undefined {
    const grant = apiKeys.get(value);
    return grant?.vendor === vendor && !grant.revoked ? grant : undefined;
  }

  /** The sign-in that any token or key, live or dead, came from. */
  function grantOf(value: string): Grant | undefined {
    return (accessTokens.get(value) ?? refreshTokens.get(value))?.grant ?? apiKeys.get(value);
  }

  /** Access tokens issued so far are expired from now on; tokens without an expiry stay. */
  function expireAccess(vendor?: Vendor): void {
    for (const token of accessTokens.values()) {
      if ((!vendor || token.grant.vendor === vendor) && token.expiresAt !== Infinity) {
        token.expiresAt = 0;
      }
    }
  }

  /** Ends every sign-in of an account, as the account's owner can on the vendor's website. */
  function revokeAccount(vendor: Vendor, account: string): void {
    const tokens = [...accessTokens.values(), ...refreshTokens.values()].map((token) => token.grant);
    for (const grant of [...tokens, ...apiKeys.values()]) {
      if (grant.vendor === vendor && grant.person.id === account) {
        grant.revoked = true;
      }
    }
  }

  return {
    addAccess,
    addRefresh,
    addApiKey,
    redeemRefresh,
    checkAccess,
    checkApiKey,
    grantOf,
    expireAccess,
    revokeAccount,
    reuseDetected: () => reuseDetected,
  };
}
