import { AIHubError } from "../common/errors";
import type { Provider } from "../providers/provider";
import type { CredentialStore } from "../store/credentialStore";
import { profileId } from "../store/profileId";
import type { LoginUi } from "./loginUi";
import { profileById, type Profile } from "./profiles";

/**
 * Says what the provider's notice says, once on a machine, before the first sign-in.
 *
 * @returns the API-key profile, when the person chose to use a key instead.
 * @throws AIHubError `cancelled`
 */
export async function acknowledgeNotice(provider: Provider, store: CredentialStore, ui: LoginUi, signal: AbortSignal): Promise<Profile | undefined> {
  const { notice, keyVariables: [variable] } = provider;
  if (!notice || (await store.read()).index.notices?.[provider.id]) return undefined;
  const answer = await ui.choose(
    {
      title: `Sign in to ${provider.name}`,
      prompt: notice.text,
      options: [
        { id: "go-on", label: "Sign in with the subscription" },
        ...(variable ? [{ id: "key" as const, label: "Use an API key instead", detail: `Agents read it from ${variable}; it is billed by use.` }] : []),
      ],
      unattended: "go-on",
      link: { label: "Read the terms", url: notice.url },
    },
    signal,
  );
  if (answer === undefined) throw new AIHubError("cancelled");
  if (answer === "key" && variable) return useKey(provider, store, variable);
  await store.update(({ index }) => {
    index.notices = { ...index.notices, [provider.id]: Date.now() };
  });
  return undefined;
}

/** A profile that names the variable: the key itself is kept where the person keeps it. */
async function useKey(provider: Provider, store: CredentialStore, variable: string): Promise<Profile> {
  const id = profileId(provider.id, "api-key");
  await store.update(({ index }) => {
    index.profiles[id] ??= { provider: provider.id, type: "api_key", label: `API key in ${variable}`, key: `$env:${variable}` };
  });
  return profileById(id, await store.read());
}
