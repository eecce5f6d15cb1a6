import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { z } from "zod/mini";
import { httpTimeout } from "../common/http";
import { silentLogger, type Logger } from "../common/logger";
import type { CredentialStore, Draft, Snapshot } from "./credentialStore";
import { readJsonFile, toJsonText } from "./jsonFile";
import { fileLock, withLock } from "./lock";
import { storePaths } from "./paths";
import { credentialKey, profileIdOfKey } from "./profileId";
import { credentialsFileSchema, oauthCredentialSchema, profilesFileSchema, type OAuthCredential, type ProfilesFile } from "./schema";
import { ensureSecretDirectory, writeSecretFile } from "./secretFile";
import { watchFiles } from "./watch";

/** The store as files under `home` (see DESIGN “Files and formats”). */
export function createFileCredentialStore(home: string, logger: Logger = silentLogger): CredentialStore {
  const paths = storePaths(home);
  const said = new Set<string>();
  const onRepair = (path: string) => {
    if (said.has(path)) return;
    said.add(path);
    logger.warn(`${path} could be read by others; its permissions are now for you alone.`);
  };

  async function load() {
    const file = (await readJsonFile(paths.credentials, credentialsFileSchema, onRepair)) ?? {};
    const index = (await readJsonFile(paths.profiles, profilesFileSchema, onRepair)) ?? emptyIndex();
    return { file, credentials: understoodEntries(file), index };
  }

  return {
    async read(): Promise<Snapshot> {
      const { credentials, index } = await load();
      return { credentials, index };
    },

    async update(change) {
      await ensureSecretDirectory(paths.home, onRepair);
      await ensureSecretDirectory(dirname(paths.credentials), onRepair);
      await ensureSecretDirectory(dirname(paths.profiles), onRepair);
      return withLock(paths.credentials, fileLock, async (ensureHeld) => {
        const { file, credentials, index } = await load();
        const draft: Draft = structuredClone({ credentials, index });
        const result = change(draft);
        const nextFile = mergeEntries(file, credentials, draft.credentials);
        ensureHeld();
        // The tokens first: an index without a token would promise a sign-in that is not there.
        if (!isDeepStrictEqual(nextFile, file)) await writeSecretFile(paths.credentials, toJsonText(nextFile));
        if (!isDeepStrictEqual(draft.index, index)) await writeSecretFile(paths.profiles, toJsonText(draft.index));
        return result;
      });
    },

    async withCredentialLock(id, body) {
      const directory = join(dirname(paths.credentials), "locks");
      await ensureSecretDirectory(paths.home, onRepair);
      await ensureSecretDirectory(dirname(paths.credentials), onRepair);
      await ensureSecretDirectory(directory, onRepair);
      const lock = { patience: 4 * httpTimeout, stale: 2 * httpTimeout };
      return withLock(join(directory, encodeURIComponent(id)), lock, body);
    },

    onDidChange: (listener) => watchFiles([paths.credentials, paths.profiles], listener),
  };
}

function emptyIndex(): ProfilesFile {
  return { version: 1, profiles: {} };
}

/** The entries that are OAuth credentials. Others (a newer format, an API key of a peer) are left alone. */
function understoodEntries(file: z.infer<typeof credentialsFileSchema>): Record<string, OAuthCredential> {
  const credentials: Record<string, OAuthCredential> = {};
  for (const [key, entry] of Object.entries(file)) {
    const parsed = oauthCredentialSchema.safeParse(entry);
    if (parsed.success) credentials[profileIdOfKey(key)] = parsed.data;
  }
  return credentials;
}

/** The file with the changed entries in place, everything else in its old order. */
function mergeEntries(file: Record<string, unknown>, before: Record<string, OAuthCredential>, after: Record<string, OAuthCredential>) {
  const merged = { ...file };
  for (const id of Object.keys(before)) {
    if (!(id in after)) delete merged[credentialKey(id)];
  }
  for (const [id, credential] of Object.entries(after)) merged[credentialKey(id)] = credential;
  return merged;
}
