import { AuthStorage } from "@mariozechner/pi-coding-agent";
import { logout } from "../auth/logout";
import { listProfiles } from "../auth/profiles";
import { messageOf } from "../common/errors";
import type { Snapshot } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";
import type { AgentKeys } from "./keys";
import { loginFromPi } from "./piLogin";

/**
 * Pi's view of the store. It sees which providers are signed in (for its list of models), and gets a key from
 * the one resolver before every model request: a token that was renewed, switched or signed out meanwhile
 * counts at once. Pi's own refresh and its fallback to the environment are never reached.
 */
export async function createAuthStorage(keys: AgentKeys): Promise<AuthStorage> {
  let { text: shown, listed } = credentialsForPi(await keys.store.read(), keys);
  const storage = AuthStorage.fromStorage({
    withLock: (body) => body(shown).result,
    withLockAsync: async (body) => (await body(shown)).result,
  });
  const look = async () => {
    ({ text: shown, listed } = credentialsForPi(await keys.store.read(), keys));
    storage.reload();
  };
  // Pi asks this before each question, and asks for no key where it is false: it would not learn of a sign-in made since.
  const asked = new Set([keys.provider]);
  storage.hasAuth = (provider) => asked.has(provider) || listed.has(provider);
  storage.getApiKey = async (provider) => {
    asked.add(provider);
    await look();
    storage.removeRuntimeApiKey(provider);
    // A failure is thrown, not swallowed, and Pi's own way to a key is not gone: it would look for another one.
    const { key } = await keys.resolve(provider);
    storage.setRuntimeApiKey(provider, key);
    return key;
  };
  storage.login = async (provider, callbacks) => {
    await loginFromPi(keys.store, provider, callbacks);
    await look();
  };
  storage.logout = (provider) => {
    const profile = listed.get(provider);
    storage.removeRuntimeApiKey(provider);
    if (profile) void logout(keys.store, profile).catch((error: unknown) => console.error(messageOf(error)));
  };
  storage.set = () => {
    throw new Error("API keys are not kept here. Set the provider's environment variable, and auth.mode to \"api_key\".");
  };
  return storage;
}

/** Pi is shown that a provider is signed in, never the tokens: it gets a key for each request, and only then. */
const shownInPlace = { type: "oauth", access: "-", refresh: "-", expires: Number.MAX_SAFE_INTEGER };

/**
 * One OAuth entry a provider, as in Pi's auth.json, and the profile that it stands for: the agent's own, or the first
 * of another provider. An agent that does not run on sign-ins sees none of its provider.
 */
function credentialsForPi(snapshot: Snapshot, keys: AgentKeys): { text: string; listed: Map<string, ProfileId> } {
  const connected = listProfiles(snapshot).filter(({ id }) => snapshot.credentials[id] !== undefined);
  // The first of a provider wins, in the person's order.
  const listed = new Map(connected.reverse().map(({ provider, id }) => [provider, id]));
  const own = keys.profileId();
  if (own && listed.has(keys.provider)) listed.set(keys.provider, own);
  if (!keys.usesSignIns()) listed.clear();
  return { text: JSON.stringify(Object.fromEntries([...listed.keys()].map((provider) => [provider, shownInPlace]))), listed };
}
