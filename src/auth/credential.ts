import { timedFetch } from "../common/http";
import { plainLine } from "../common/plainLine";
import type { Account, Provider, TokenReply } from "../providers/provider";
import { expiryMargin, type OAuthCredential } from "../store/schema";
import { justIssued } from "./refreshAhead";

/** For an answer without a usable `expires_in`: short, so that a wrong guess costs one refresh. In seconds. */
const carefulLifetime = 3600;

export interface SignedIn {
  credential: OAuthCredential;
  account: Account;
}

/** The first credential of a sign-in, and whose it is. */
export async function credentialOfSignIn(provider: Provider, reply: TokenReply, signal?: AbortSignal): Promise<SignedIn> {
  const fetch = timedFetch(signal);
  const refresh = typeof reply.refresh_token === "string" ? reply.refresh_token : reply.access_token;
  const tokens = provider.exchange
    ? { ...(await provider.exchange(reply.access_token, fetch, provider.enterpriseUrl)), refresh: reply.access_token }
    : { access: reply.access_token, refresh, expires: expiryOf(reply) };
  const whose = (): Promise<Account> =>
    provider.account(reply, fetch).then(plainlyNamed, (error: unknown) => {
      if (signal?.aborted) throw error;
      return {};
    });
  // The name is worth a second try, but no failed sign-in: without it, the person is asked for one.
  const told = await whose();
  const account = told.label === undefined ? await whose() : told;
  return { credential: justIssued({ type: "oauth", ...tokens, ...identity(account), ...place(provider) }), account };
}

/** The credential after a refresh: what the vendor left out stays as it was. */
export function refreshedCredential(old: OAuthCredential, reply: TokenReply): OAuthCredential {
  const refresh = typeof reply.refresh_token === "string" && reply.refresh_token !== "" ? reply.refresh_token : old.refresh;
  return { ...old, access: reply.access_token, refresh, expires: expiryOf(reply) };
}

/** Names are the vendor's to give, and anybody's to read. One of which nothing is left is none. */
export function plainlyNamed({ label, id, organization }: Account): Account {
  const name = (given: string | undefined) => plainLine(given ?? "") || undefined;
  return { label: name(label), id, organization: organization && { ...organization, name: name(organization.name) } };
}

/** What a credential says of whose it is. */
export function identity({ label, id, organization }: Account): Partial<OAuthCredential> {
  return { ...(label ? { email: label } : {}), ...(id ? { accountId: id } : {}), ...(organization ? { organizationId: organization.id } : {}) };
}

function place({ enterpriseUrl }: Provider): Partial<OAuthCredential> {
  return enterpriseUrl ? { enterpriseUrl } : {};
}

function expiryOf(reply: TokenReply): number {
  const seconds = typeof reply.expires_in === "number" ? reply.expires_in : carefulLifetime;
  // A token that lives for less than twice the margin would be born expired.
  return Date.now() + Math.max(seconds * 1000 - expiryMargin, (seconds * 1000) / 2);
}
