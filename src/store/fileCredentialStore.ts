import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { AIHubError } from "../common/errors";
import { httpTimeout, longHttpTimeout } from "../common/http";
import type { Disposable } from "../common/disposable";
import { silentLogger, warnOnce, type Logger } from "../common/logger";
import type { CredentialStore, Draft, Snapshot } from "./credentialStore";
import { snapshotOf, withChanges } from "./entries";
import { ensureRoom, readJsonFile, writeJsonFile } from "./jsonFile";
import { removeLeftovers } from "./leftovers";
import { storePaths } from "./paths";
import type { ProfileId } from "./profileId";
import { credentialsFileSchema, indexVersion, profilesFileSchema } from "./schema";
import { ensureHome, ensureSecretDirectory, refuseLink } from "./secretFile";
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
  const directories = [dirname(paths.credentials), dirname(paths.profiles)];

  async function load() {
    // As for writing, which makes them its owner's: whoever placed a link could swap what lies behind it.
    await Promise.all(directories.map(refuseLink));
    const tokens = await readJsonFile(paths.credentials, credentialsFileSchema, onRepair);
    const profiles = await readJsonFile(paths.profiles, profilesFileSchema, onRepair);
    for (const { fault } of [tokens, profiles]) {
      const { file, reason } = fault?.details ?? {};
      if (fault) sayOnce(`${file} cannot be read${reason ? `: ${reason}` : ""}. The copy of its last good state is used.`);
    }
    const contents = { tokens: tokens.value ?? {}, index: profiles.value ?? { version: indexVersion, profiles: {} } };
    const snapshot = snapshotOf(contents, paths);
    for (const { message } of Object.values(snapshot.unreadable ?? {})) sayOnce(message);
    return { contents, snapshot, faults: { tokens: tokens.fault, index: profiles.fault } };
  }

  async function write(file: string, value: unknown, fault: AIHubError | undefined, ensureHeld: () => void): Promise<void> {
    const aside = await writeJsonFile(file, value, { replacesBroken: fault !== undefined, ensureHeld });
    if (aside) logger.warn(`${file} is written anew from the copy of its last good state. What could not be read of it is kept in ${aside}.`);
  }

  return {
    read: async (): Promise<Snapshot> => (await load()).snapshot,

    async update(change, options = {}) {
      await ensureHome(paths.home, onRepair);
      for (const each of directories) await ensureSecretDirectory(each, onRepair);
      const { fileLock, withLock } = await locks();
      return withLock(paths.credentials, fileLock, async (ensureHeld) => {
        const { contents, snapshot, faults } = await load();
        if (contents.index.version > indexVersion) throw new AIHubError("store_newer", { file: paths.profiles });
        const { credentials, index, unreadable } = snapshot;
        const draft: Draft = { ...structuredClone({ credentials, index }), ...(unreadable && { unreadable: { ...unreadable } }) };
        const result = change(draft);
        const next = withChanges(contents, snapshot, draft);
        if (options.ensureRoom) await ensureRoom(paths.credentials, next.tokens);
        // The tokens first: an index without a token would promise a sign-in that is not there.
        if (faults.tokens || !isDeepStrictEqual(next.tokens, contents.tokens)) await write(paths.credentials, next.tokens, faults.tokens, ensureHeld);
        if (faults.index || !isDeepStrictEqual(next.index, contents.index)) await write(paths.profiles, next.index, faults.index, ensureHeld);
        if (Object.keys(contents.tokens).some((key) => !(key in next.tokens))) await removeLeftovers(paths.credentials);
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

