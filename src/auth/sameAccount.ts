import type { OAuthCredential } from "../store/schema";

/** Whether two names or ids are both known, and not the same. */
export function differs(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

/** Whether two sign-ins are known to be of different accounts. */
export function isAnotherAccount(one: Partial<OAuthCredential>, other: Partial<OAuthCredential>): boolean {
  return differs(one.email, other.email) || differs(one.accountId, other.accountId) || differs(one.organizationId, other.organizationId);
}
