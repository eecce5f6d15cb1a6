import { AIHubError } from "../common/errors";
import type { Provider } from "../providers/provider";
import type { Draft } from "../store/credentialStore";
import { profileId, type ProfileId } from "../store/profileId";
import { answerLimit, inTime } from "./inTime";
import type { Choice } from "./loginUi";
import { profileById, type Profile } from "./profiles";
import type { SignInRequest } from "./signInRequest";

/**
 * Says what the provider's notice says before the first sign-in, until a person has answered it once on this machine.
 *
 * @returns the API-key profile, when the person chose to use a key instead.
 * @throws AIHubError `cancelled`, `login_timed_out`
 */
export async function acknowledgeNotice(reader: SignInRequest): Promise<Profile | undefined> {
  const { provider, store, ui, signal, timeLimit = answerLimit, profile } = reader;
  const { notice, keyVariables: [variable] } = provider;
  if (!notice || (await store.read()).index.notices?.[provider.id]) return undefined;
  const choice: Choice<"go-on" | "key" | "nobody"> = {
    title: `Sign in to ${provider.name}`,
    prompt: notice.text,
    options: [
      { id: "go-on" as const, label: "Sign in with the subscription" },
      ...(variable ? [{ id: "key" as const, label: "Use an API key instead", detail: `Agents read it from ${variable}; it is billed by use.` }] : []),
    ],
    unattended: "nobody",
    link: { label: "Read the terms", url: notice.url },
  };
  return inTime(provider, signal, timeLimit, async (limited) => {
    const answer = await ui.choose(choice, limited);
    if (answer === undefined) throw new AIHubError("cancelled");
    // What a script has printed to a log, nobody may have read.
    if (answer === "nobody") return undefined;
    return store.update((draft) => {
      draft.index.notices = { ...draft.index.notices, [provider.id]: Date.now() };
      if (answer !== "key" || !variable) return undefined;
      const id = useKey(draft, provider, variable, profile);
      return profileById(id, draft);
    });
  });
}

/** A profile that names the variable: the key itself is kept where the person keeps it. A sign-in keeps its profile. */
function useKey({ index, credentials, unreadable }: Draft, provider: Provider, variable: string, wanted: ProfileId | undefined): ProfileId {
  const usual = profileId(provider.id, "api-key");
  const isSignIn = (id: ProfileId) => credentials[id] !== undefined || index.profiles[id]?.type === "oauth";
  const id = [wanted ?? usual, usual].find((each) => !isSignIn(each) && !unreadable?.[each]);
  if (id === undefined) throw new AIHubError("profile_name_taken", { profile: usual });
  index.profiles[id] ??= { provider: provider.id, type: "api_key", label: `API key in ${variable}`, key: `$env:${variable}` };
  return id;
}
