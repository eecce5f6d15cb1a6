import { createHash } from "node:crypto";
import { AIHubError } from "../common/errors";
import { plainLine } from "../common/plainLine";
import { findProvider, providerName } from "../providers/registry";
import type { Snapshot } from "../store/credentialStore";
import { credentialKey, defaultName, providerOf, type ProfileId } from "../store/profileId";
import type { OAuthCredential } from "../store/schema";

export type ProfileStatus = "connected" | "expired" | "sign-in-again" | "not-connected";

/** What people are told of each status. */
export const statusLabels: Readonly<Record<ProfileStatus, string>> = {
  connected: "Connected",
  expired: "Expired",
  "sign-in-again": "Sign in again",
  "not-connected": "Not connected",
};

/** One account at one provider, as the floors above see it. */
export interface Profile {
  id: ProfileId;
  provider: string;
  type: "oauth" | "api_key";
  /** Unique among the provider's profiles and fixed when the profile is made. */
  label: string;
  status: ProfileStatus;
  /** ms since the epoch, 5 minutes before the vendor's; `null` for an API key and where there is no token. */
  expires: number | null;
  /** The file of the program that it was taken over from, which alone renews it; `null` for one of our own. */
  takenOverFrom: string | null;
}

/** The status in words: of a sign-in that was taken over also that no use of it here renews it. */
export function statusText({ status, takenOverFrom }: Profile): string {
  return status === "expired" && takenOverFrom !== null ? `${statusLabels.expired}, renewed only by its owner` : statusLabels[status];
}

/** Identifies a refresh token without being one. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("base64url").slice(0, 22);
}

/** All profiles: those of the index, tokens that a peer stored without one, and what cannot be read. In the order people gave them. */
export function listProfiles(snapshot: Snapshot, now = Date.now()): Profile[] {
  const { index, credentials, unreadable } = snapshot;
  const ids = new Set([index.profiles, credentials, unreadable ?? {}].flatMap((entries) => Object.keys(entries)));
  return inOrder([...ids], snapshot).map((id) => profileOf(id, snapshot, now));
}

export function profilesOf(provider: string, snapshot: Snapshot): Profile[] {
  return listProfiles(snapshot).filter((profile) => profile.provider === provider);
}

/** @throws AIHubError `unknown_profile` */
export function profileById(id: ProfileId, snapshot: Snapshot): Profile {
  const profiles = listProfiles(snapshot);
  const profile = profiles.find((each) => each.id === id);
  if (!profile) throw new AIHubError("unknown_profile", { profile: id, signIn: findProvider(providerOf(id))?.id, known: profiles.map((each) => each.id) });
  return profile;
}

function profileOf(id: ProfileId, { index, credentials, unreadable }: Snapshot, now: number): Profile {
  const entry = index.profiles[id];
  const credential = credentials[id];
  const type = entry?.type ?? "oauth";
  // Tokens are kept by the id, and are that provider's, whatever stands beside it.
  const provider = (type === "api_key" && entry?.provider) || providerOf(id);
  // Other programs write here too: the gateway, an older version.
  const label = plainLine(entry?.label ?? credential?.email ?? (credentialKey(id) === provider ? providerName(provider) : id)) || id;
  if (type === "api_key") return { id, provider, type, label, status: entry?.key ? "connected" : "not-connected", expires: null, takenOverFrom: null };
  // Of one that cannot be read only a new sign-in helps; who asks for its key is told more.
  const status = !credential && unreadable?.[id] ? "sign-in-again" : statusOf(credential, entry?.signInAgain?.token, now);
  return { id, provider, type, label, status, expires: credential?.expires ?? null, takenOverFrom: credential?.borrowedFrom ?? null };
}

function statusOf(credential: OAuthCredential | undefined, refusedToken: string | undefined, now: number): ProfileStatus {
  if (!credential) return "not-connected";
  // The refusal is about one token: a newer one, whoever wrote it, is a new start.
  if (refusedToken === tokenHash(credential.refresh)) return "sign-in-again";
  return credential.expires > now ? "connected" : "expired";
}

/** The person's order first, then the default profile, then by name. */
function inOrder(ids: ProfileId[], { index }: Snapshot): ProfileId[] {
  const rank = (id: ProfileId) => {
    const place = index.order?.[providerOf(id)]?.indexOf(id) ?? -1;
    if (place >= 0) return place;
    return id.endsWith(`:${defaultName}`) ? 1000 : 1001;
  };
  return ids.sort((a, b) => providerOf(a).localeCompare(providerOf(b)) || rank(a) - rank(b) || a.localeCompare(b));
}
