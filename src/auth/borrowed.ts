import { readFile } from "node:fs/promises";
import { AIHubError, systemCode } from "../common/errors";
import { signInsIn, type NeighbourSignIn } from "../providers/neighbours";
import type { Provider } from "../providers/provider";
import type { CredentialStore } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";
import type { OAuthCredential } from "../store/schema";
import { isStillTaken } from "./refreshAhead";
import { isAnotherAccount } from "./sameAccount";

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
): Promise<OAuthCredential> {
  const file = current.borrowedFrom ?? "";
  const entries = await readNeighbourFile(file).catch(() => []);
  // Whoever signs in to the other program as somebody else must not change whose account runs here.
  const theirs = entries.find((entry) => entry.provider.id === provider.id && !isAnotherAccount(entry.credential, current))?.credential;
  const isNewer = theirs !== undefined && theirs.expires > current.expires;
  const newest = isNewer ? { ...current, access: theirs.access, refresh: theirs.refresh, expires: theirs.expires } : current;
  if (isNewer) {
    await store.update((draft) => {
      if (draft.credentials[profile]?.borrowedFrom === file) draft.credentials[profile] = newest;
    });
  }
  if (isStillTaken(newest)) return newest;
  throw new AIHubError("borrowed_expired", { provider: provider.name, signIn: provider.id, profile, file });
}

/**
 * The sign-ins in a file of another program; none when there is no such file.
 * @throws AIHubError `neighbour_unreadable`
 */
export async function readNeighbourFile(file: string): Promise<NeighbourSignIn[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return [];
    throw new AIHubError("neighbour_unreadable", { file, reason: systemCode(error) }, { cause: error });
  }
  try {
    return signInsIn(JSON.parse(text));
  } catch {
    // The parser's own message quotes the text around the fault, which may be a token.
    throw new AIHubError("neighbour_unreadable", { file, reason: "it is not valid JSON" });
  }
}
