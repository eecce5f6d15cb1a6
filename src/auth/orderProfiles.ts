import { AIHubError } from "../common/errors";
import type { CredentialStore } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";
import { profileById, profilesOf } from "./profiles";

/**
 * Sets which profile of a provider comes first where an agent names none. Those that are not named follow as before.
 *
 * @returns all of the provider's profiles in their new order
 * @throws AIHubError `unknown_profile`, `profile_of_other_provider`
 */
export async function orderProfiles(store: CredentialStore, provider: string, first: readonly ProfileId[]): Promise<ProfileId[]> {
  return store.update((draft) => {
    for (const id of first) {
      if (profileById(id, draft).provider !== provider) throw new AIHubError("profile_of_other_provider", { profile: id, provider });
    }
    const order = [...new Set([...first, ...profilesOf(provider, draft).map(({ id }) => id)])];
    draft.index.order = { ...draft.index.order, [provider]: order };
    return order;
  });
}
