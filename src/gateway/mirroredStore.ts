import type { Disposable } from "../common/disposable";
import { endsAfter } from "../auth/ending";
import type { Logger } from "../common/logger";
import type { CredentialStore } from "../store/credentialStore";
import { createFileCredentialStore } from "../store/fileCredentialStore";
import type { Mirror } from "./mirror";

/** The store, and the gateway's copy that follows it. */
export interface MirroredStore extends CredentialStore {
  /** Whether the gateway's copy is kept: `auto` where its home has a config. Remembered for the command line and agents. */
  setMirrorMode(mode: "auto" | "on" | "off"): Promise<void>;
  /** Makes the gateway's copy agree with the store, and resolves when it does. Never fails. */
  sync(): Promise<void>;
  /** Does so now and whenever any process changes either, and tries again what could not be done, until it is disposed. */
  follow(): Disposable;
}

/**
 * The store of a home whose every writer also keeps the gateway's copy fresh: a renewal begins with a look at what the
 * gateway has done, and every change is copied at once. The change does not wait for the copy, which may have to wait
 * for the gateway; `sync` does.
 */
export function createMirroredStore(home: string, logger: Logger): MirroredStore {
  const store = createFileCredentialStore(home, logger);
  let mirror: Promise<Mirror> | undefined;
  // Loaded with the first change: many a command only reads.
  const load = () => (mirror ??= import("./mirror").then(({ createMirror }) => createMirror(home, store, logger)));
  const sync = () => {
    const syncing = load().then(async (opened) => void (await opened.sync()));
    // A process that ends before the gateway has the new tokens leaves it with ones that are spent.
    endsAfter(syncing);
    return syncing;
  };
  return {
    ...store,
    async update(change, options) {
      const result = await store.update(change, options);
      void sync();
      return result;
    },
    beforeRenewal: async (id) => (await load()).beforeRenewal(id),
    beforeSignOut: async (id) => (await load()).beforeSignOut(id),
    async setMirrorMode(mode) {
      if ((await store.read()).index.mirror?.mode === (mode === "auto" ? undefined : mode)) return;
      await store.update(({ index }) => {
        const { mode: _before, ...rest } = index.mirror ?? {};
        index.mirror = mode === "auto" ? rest : { ...rest, mode };
      });
      void sync();
    },
    sync,
    follow() {
      const following = load().then((opened) => opened.follow());
      return { dispose: () => void following.then((opened) => opened.dispose()) };
    },
  };
}
