/**
 * The claims of a JWT, unverified: it came from the vendor over TLS and only names the account.
 * `Buffer` reads base64url; `atob` fails on its `-` and `_`.
 */
export function jwtClaims(token: string): Record<string, unknown> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A string claim, also inside a claim that is an object. */
export function textClaim(claims: Record<string, unknown>, ...path: string[]): string | undefined {
  let value: unknown = claims;
  for (const key of path) value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}
