import { AuthStorage } from "@mariozechner/pi-coding-agent";
import { listProfiles } from "../auth/profiles";
import type { Snapshot } from "../store/credentialStore";
import type { AgentKeys } from "./keys";

/**
 * Pi's view of the store. It sees which providers are signed in (for its list of models), and gets a key from
 * the one resolver before every model request: a token that was renewed, switched or signed out meanwhile
 * counts at once. Pi's own refresh and its fallback to the environment are never reached.
 */
export async function createAuthStorage(keys: AgentKeys): Promise<AuthStorage> {
  let shown = credentialsForPi(await keys.store.read());
  const storage = AuthStorage.fromStorage({
    withLock: (body) => body(shown).result,
    withLockAsync: async (body) => (await body(shown)).result,
  });
  const ownGetApiKey = storage.getApiKey.bind(storage);
  storage.getApiKey = async (provider, options) => {
    shown = credentialsForPi(await keys.store.read());
    storage.reload();
    storage.removeRuntimeApiKey(provider);
    // A failure is thrown, not swallowed: without a key Pi would look for one by itself.
    storage.setRuntimeApiKey(provider, (await keys.resolve(provider)).key);
    return ownGetApiKey(provider, options);
  };
  return storage;
}

/** One OAuth entry a provider, as in Pi's auth.json. Which profile it is matters only for the list of models. */
function credentialsForPi(snapshot: Snapshot): string {
  const entries = listProfiles(snapshot).flatMap((profile) => {
    const credential = snapshot.credentials[profile.id];
    return credential ? [[profile.provider, credential] as const] : [];
  });
  return JSON.stringify(Object.fromEntries(entries.reverse()));
}
