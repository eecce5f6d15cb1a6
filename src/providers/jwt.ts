import { membersOf } from "../common/record";

/**
 * The claims of a JWT, unverified: it came from the vendor over TLS and only names the account.
 * `Buffer` reads base64url; `atob` fails on its `-` and `_`.
 */
export function jwtClaims(token: string): Record<string, unknown> {
  try {
    return membersOf(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")));
  } catch {
    return {};
  }
}

/** A string claim, also inside a claim that is an object. */
export function textClaim(claims: Record<string, unknown>, ...path: string[]): string | undefined {
  let value: unknown = claims;
  for (const key of path) value = membersOf(value)[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}
