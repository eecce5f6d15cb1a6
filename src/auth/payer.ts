import { findProvider } from "../providers/registry";
import type { Profile } from "./profiles";
import type { KeySource } from "./resolve";

/** For people: whose account a key is of, or where it comes from. */
export function accountOf(source: KeySource): string {
  switch (source.kind) {
    case "profile":
      return source.profile.label;
    case "environment":
      return source.variable;
    case "proxy":
      return source.baseUrl;
  }
}

/** Who pays, in words that follow “paid by”. */
export const payers = { key: "an API key", proxy: "whoever runs the proxy", unknown: "the account" } as const;

/** What the `claude` command runs on by itself. */
export const claudeSignIn = { account: "the sign-in of the claude command", paidBy: "its account" } as const;

/** Who pays when a profile is used. */
export function payerOfProfile({ type, provider }: Profile): string {
  return type === "api_key" ? payers.key : subscriptionOf(provider);
}

/** Who pays for a key of a provider. */
export function payerOf(provider: string, source: KeySource): string {
  if (source.kind === "proxy") return payers.proxy;
  if (source.kind === "profile") return payerOfProfile(source.profile);
  return source.pays === "subscription" ? subscriptionOf(provider) : payers.key;
}

function subscriptionOf(provider: string): string {
  return findProvider(provider)?.payer ?? payers.unknown;
}
