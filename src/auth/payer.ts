import { findProvider } from "../providers/registry";
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

/** For people, as in “paid by …”. */
export function payerOf(provider: string, source: KeySource): string {
  if (source.kind === "proxy") return "whoever runs the proxy";
  const isSubscription = source.kind === "profile" ? source.profile.type === "oauth" : source.pays === "subscription";
  return isSubscription ? (findProvider(provider)?.payer ?? "the account") : "an API key";
}
