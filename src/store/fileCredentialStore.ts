import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { z } from "zod/mini";
import { httpTimeout, longHttpTimeout } from "../common/http";
import type { Disposable } from "../common/disposable";
import { silentLogger, warnOnce, type Logger } from "../common/logger";
import type { CredentialStore, Draft, Snapshot } from "./credentialStore";
import { readJsonFile, writeJsonFile } from "./jsonFile";
import { removeLeftovers } from "./leftovers";
import { storePaths } from "./paths";
import { credentialKey, profileIdOfKey, type ProfileId } from "./profileId";
import { credentialsFileSchema, oauthCredentialSchema, profilesFileSchema, type OAuthCredential, type ProfilesFile } from "./schema";
import { ensureHome, ensureSecretDirectory } from "./secretFile";
import { watchFiles } from "./watch";

/** Held across a vendor's call, renewed meanwhile; a holder that died is replaced after `stale`. */
const credentialLock = { patience: longHttpTimeout + httpTimeout, stale: 10_000 };

/** Loaded with the first change: whoever only reads does without. */
const locks = () => import("./lock");

/** The store as files under `home` (README, “Where things are”; their form in schema.ts). */
export function createFileCredentialStore(home: string, logger: Logger = silentLogger): CredentialStore {
  const paths = storePaths(home);
  const sayOnce = warnOnce(logger);
  const onRepair = (path: string) => sayOnce(`${path} could be read by others; its permissions are now for you alone.`);

  async function load() {
    const tokens = await readJsonFile(paths.credentials, credentialsFileSchema, onRepair);
    const profiles = await readJsonFile(paths.profiles, profilesFileSchema, onRepair);
    if (tokens.isFromCopy) sayOnce(`${paths.credentials} cannot be read. The copy of its last good state is used.`);
    if (profiles.isFromCopy) sayOnce(`${paths.profiles} cannot be read. The copy of its last good state is used.`);
    const file = tokens.value ?? {};
    return { tokens, profiles, file, credentials: understoodEntries(file), index: profiles.value ?? emptyIndex() };
  }

  return {
    async read(): Promise<Snapshot> {
      const { credentials, index } = await load();
      return { credentials, index };
    },

    async update(change) {
      await ensureHome(paths.home, onRepair);
      for (const each of [dirname(paths.credentials), dirname(paths.profiles)]) await ensureSecretDirectory(each, onRepair);
      const { fileLock, withLock } = await locks();
      return withLock(paths.credentials, fileLock, async (ensureHeld) => {
        const { tokens, profiles, file, credentials, index } = await load();
        const draft: Draft = structuredClone({ credentials, index });
        const result = change(draft);
        const nextFile = mergeEntries(file, credentials, draft.credentials);
        ensureHeld();
        // The tokens first: an index without a token would promise a sign-in that is not there.
        if (tokens.isFromCopy || !isDeepStrictEqual(nextFile, file)) await writeJsonFile(paths.credentials, nextFile, tokens.isFromCopy);
        if (profiles.isFromCopy || !isDeepStrictEqual(draft.index, index)) await writeJsonFile(paths.profiles, draft.index, profiles.isFromCopy);
        if (Object.keys(credentials).some((id) => !(id in draft.credentials))) await removeLeftovers(paths.credentials);
        return result;
      });
    },

    async withCredentialLock(id, body, waiter) {
      const directory = join(dirname(paths.credentials), "locks");
      await ensureHome(paths.home, onRepair);
      for (const each of [dirname(paths.credentials), directory]) await ensureSecretDirectory(each, onRepair);
      const { withLock } = await locks();
      const changes = createWakeUp((wake) => watchFiles([paths.credentials], wake));
      try {
        return await withLock(join(directory, lockName(id)), credentialLock, body, { ...waiter, wake: () => changes.next() });
      } finally {
        changes.dispose();
      }
    },

    onDidChange: (listener) => watchFiles([paths.credentials, paths.profiles], listener),
  };
}

/** Turns the events of a source into promises. The source is opened at the first question only. */
function createWakeUp(open: (wake: () => void) => Disposable) {
  let source: Disposable | undefined;
  let wakeAll: () => void = () => {};
  let nextWake: Promise<void> | undefined;
  return {
    next(): Promise<void> {
      source ??= open(() => wakeAll());
      nextWake ??= new Promise((resolve) => {
        wakeAll = () => {
          nextWake = undefined;
          resolve();
        };
      });
      return nextWake;
    },
    dispose: () => source?.dispose(),
  };
}

/** Of a file system's names none may be longer than 255 bytes, of some 143; in Cyrillic, a letter takes six. */
function lockName(id: ProfileId): string {
  const name = encodeURIComponent(id);
  return name.length <= 100 ? name : `${name.slice(0, 60)}-${createHash("sha256").update(id).digest("hex")}`;
}

function emptyIndex(): ProfilesFile {
  return { version: 1, profiles: {} };
}

/** The entries that are OAuth credentials. Others (a newer format, an API key of a peer) are left alone. */
function understoodEntries(file: z.infer<typeof credentialsFileSchema>): Record<string, OAuthCredential> {
  const credentials: Record<string, OAuthCredential> = {};
  for (const [key, entry] of Object.entries(file)) {
    const id = profileIdOfKey(key);
    // A default profile that a peer or a hand has written by its id too: the provider's own key counts.
    if (key !== credentialKey(id) && credentialKey(id) in file) continue;
    const parsed = oauthCredentialSchema.safeParse(entry);
    if (parsed.success) credentials[id] = parsed.data;
  }
  return credentials;
}

/** The file with the changed entries in place, everything else in its old order. */
function mergeEntries(file: Record<string, unknown>, before: Record<string, OAuthCredential>, after: Record<string, OAuthCredential>) {
  const merged = { ...file };
  for (const id of Object.keys(before)) {
    if (!(id in after)) delete merged[credentialKey(id)];
    if (id !== credentialKey(id)) delete merged[id];
  }
  for (const [id, credential] of Object.entries(after)) merged[credentialKey(id)] = credential;
  return merged;
}
