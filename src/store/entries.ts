import { isDeepStrictEqual } from "node:util";
import type { z } from "zod/mini";
import { AIHubError } from "../common/errors";
import { isRecord } from "../common/record";
import type { Draft, Snapshot } from "./credentialStore";
import type { StorePaths } from "./paths";
import { credentialKey, profileIdOfKey, providerOf, type ProfileId } from "./profileId";
import { indexEntrySchema, oauthCredentialSchema, type credentialsFileSchema, type IndexEntry, type OAuthCredential, type profilesFileSchema } from "./schema";

/** The two files as they stand on the disk. */
export interface FileContents {
  tokens: z.infer<typeof credentialsFileSchema>;
  index: z.infer<typeof profilesFileSchema>;
}

/** What of the files is understood. Other entries (a newer format, an API key of a peer) are left alone. */
export function snapshotOf({ tokens, index }: FileContents, paths: StorePaths): Snapshot {
  const profiles: Record<ProfileId, IndexEntry> = {};
  const credentials: Record<ProfileId, OAuthCredential> = {};
  const unreadable: Record<ProfileId, AIHubError> = {};
  for (const [id, entry] of Object.entries(index.profiles)) {
    const parsed = indexEntrySchema.safeParse(entry);
    if (parsed.success) profiles[id] = parsed.data;
    else unreadable[id] = unreadableIn(paths.profiles, id, parsed.error);
  }
  for (const [key, entry] of Object.entries(tokens)) {
    const id = profileIdOfKey(key);
    // A default profile that a peer or a hand has written by its id too: the provider's own key counts.
    if (key !== credentialKey(id) && credentialKey(id) in tokens) continue;
    if (id in unreadable) continue;
    const parsed = oauthCredentialSchema.safeParse(withExpiry(entry));
    if (parsed.success) credentials[id] = parsed.data;
    // Taken for a sign-out, it would let an API key pay.
    else if (profiles[id]?.type === "oauth" || (isRecord(entry) && entry.type === "oauth")) unreadable[id] = unreadableIn(paths.credentials, id, parsed.error);
  }
  return { credentials, index: { ...index, profiles }, ...(Object.keys(unreadable).length > 0 && { unreadable }) };
}

/** The files after a change: what it has not touched stands as it stood, in its old order, understood or not. */
export function withChanges({ tokens, index }: FileContents, before: Snapshot, after: Draft): FileContents {
  const gone = Object.keys(before.unreadable ?? {}).filter((id) => !(id in (after.unreadable ?? {})));
  return {
    tokens: merge(tokens, before.credentials, after.credentials, gone, credentialKey),
    index: { ...after.index, profiles: merge(index.profiles, before.index.profiles, after.index.profiles, gone, (id) => id) },
  };
}

function merge<T>(
  entries: Readonly<Record<string, unknown>>,
  before: Readonly<Record<ProfileId, T>>,
  after: Readonly<Record<ProfileId, T>>,
  gone: readonly ProfileId[],
  keyOf: (id: ProfileId) => string,
): Record<string, unknown> {
  const merged = { ...entries };
  for (const id of [...gone, ...Object.keys(before).filter((each) => !(each in after))]) {
    delete merged[id];
    delete merged[keyOf(id)];
  }
  for (const [id, entry] of Object.entries(after)) {
    if (isDeepStrictEqual(entry, before[id])) continue;
    if (id !== keyOf(id)) delete merged[id];
    merged[keyOf(id)] = entry;
  }
  return merged;
}

/** Pi stores none where the vendor has named none. Such a credential is taken for expired: it is renewed when it is used. */
function withExpiry(entry: unknown): unknown {
  return isRecord(entry) && !Number.isFinite(entry.expires) ? { ...entry, expires: 0 } : entry;
}

/** Names the member, never what it holds. */
function unreadableIn(file: string, profile: ProfileId, { issues: [issue] }: z.core.$ZodError): AIHubError {
  const member = issue?.path.map(String).join(".");
  return new AIHubError("profile_unreadable", { profile, file, signIn: providerOf(profile), reason: `${member || "it"} is not as expected` });
}
