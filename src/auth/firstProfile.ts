import type { Snapshot } from "../store/credentialStore";
import { profilesOf, type Profile } from "./profiles";
import { restsUntil } from "./usage";

/**
 * The profile of a provider that is used where none is named: in the person's order, or the last good one first where
 * they gave none. A profile that rests after failures, or that needs a sign-in, comes only when there is no other.
 */
export function firstProfile(provider: string, type: Profile["type"], snapshot: Snapshot): Profile | undefined {
  const candidates = profilesOf(provider, snapshot).filter((profile) => profile.type === type && profile.status !== "not-connected");
  const lastGood = snapshot.index.order?.[provider]?.length ? undefined : snapshot.index.lastGood?.[provider];
  const rank = ({ id, status }: Profile) => {
    if (status === "sign-in-again") return Number.POSITIVE_INFINITY;
    return restsUntil(snapshot, id) || (id === lastGood ? -1 : 0);
  };
  return candidates.sort((a, b) => rank(a) - rank(b) || 0)[0];
}
