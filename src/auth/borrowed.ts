import { readFile } from "node:fs/promises";
import { AIHubError } from "../common/errors";
import type { Provider } from "../providers/provider";
import type { CredentialStore } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";
import { oauthCredentialSchema, type OAuthCredential } from "../store/schema";
import { isDue } from "./refreshAhead";

/**
 * The newest tokens of a sign-in that another program owns. Two owners of one rotating refresh token log each other
 * out, so we never spend it: we look whether its owner has.
 *
 * @throws AIHubError `borrowed_expired`
 */
export async function followOwner(
  { store, profile }: { store: CredentialStore; profile: ProfileId },
  provider: Provider,
  current: OAuthCredential,
  isStillTaken: boolean,
): Promise<OAuthCredential> {
  const file = current.borrowedFrom ?? "";
  const theirs = await entryOf(file, providerOf(profile));
  if (theirs && theirs.expires > current.expires) {
    const adopted = { ...current, access: theirs.access, refresh: theirs.refresh, expires: theirs.expires };
    await store.update((draft) => {
      if (draft.credentials[profile]?.borrowedFrom === file) draft.credentials[profile] = adopted;
    });
    if (!isDue(adopted)) return adopted;
  }
  if (isStillTaken) return current;
  throw new AIHubError("borrowed_expired", { provider: provider.name, profile, file });
}

/** One provider's entry of a file in Pi's shape; `undefined` when there is none that can be used. */
export async function entryOf(file: string, provider: string): Promise<OAuthCredential | undefined> {
  try {
    const entries = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown> | null;
    const entry = entries?.[provider];
    // The older of Pi's files has no type.
    const parsed = oauthCredentialSchema.safeParse(typeof entry === "object" && entry !== null ? { type: "oauth", ...entry } : entry);
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
