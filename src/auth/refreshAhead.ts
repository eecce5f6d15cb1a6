import { expiryMargin, type OAuthCredential } from "../store/schema";

/** A token is renewed this long before its `expires`, in ms, so that no request and no peer meets its end. */
export const refreshAhead = 10 * 60_000;

/** Whether a credential should be renewed at `now` (ms since the epoch). */
export function isDue({ expires, issuedAt }: Pick<OAuthCredential, "expires" | "issuedAt">, now = Date.now()): boolean {
  // What lives for less than twice the margin would be due as soon as it is there, for everyone who asks.
  const ahead = issuedAt === undefined ? refreshAhead : Math.min(refreshAhead, Math.max(0, expires - issuedAt) / 2);
  return now >= expires - ahead;
}

/** A credential whose tokens the vendor has just given. */
export function justIssued(credential: OAuthCredential, now = Date.now()): OAuthCredential {
  const { issuedAt: _before, ...lasting } = credential;
  return credential.expires - now < 2 * refreshAhead ? { ...credential, issuedAt: now } : lasting;
}

/** Whether the vendor still takes a token that should have been renewed by now. */
export function isStillTaken({ expires }: { expires: number }): boolean {
  return Date.now() < expires + expiryMargin;
}
