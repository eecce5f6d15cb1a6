import { profileById, profilesOf, type Profile } from "../auth/profiles";
import { AIHubError } from "../common/errors";
import { providerById } from "../providers/registry";
import type { Snapshot } from "../store/credentialStore";

/**
 * The profile that a person names: by its id, or by its provider when that has just one.
 *
 * @returns `undefined` when the provider has none.
 * @throws AIHubError `unknown_provider`, `unknown_profile`, `ambiguous_profile`
 */
export function namedProfile(name: string, snapshot: Snapshot): Profile | undefined {
  if (name.includes(":")) return profileById(name, snapshot);
  const profiles = profilesOf(name, snapshot);
  if (profiles.length === 0) providerById(name);
  if (profiles.length > 1) throw new AIHubError("ambiguous_profile", { provider: name, known: profiles.map(({ id }) => id) });
  return profiles[0];
}
