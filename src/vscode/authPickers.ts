import * as vscode from "vscode";
import { profilesOf, type Profile } from "../auth/profiles";
import type { AuthMode } from "../auth/resolve";
import { agentModes, agentProvider, authModeMeanings, type Agent } from "../gateway/agent";
import { environmentVariables, findProvider } from "../providers/registry";
import { login } from "./accountCommands";
import { profileItem } from "./pickers";
import type { Services } from "./services";

const modeNames: Readonly<Record<AuthMode, string>> = { oauth: "Sign-in", api_key: "API key", proxy: "Proxy" };

/** How an agent authenticates, and who pays. `undefined` when the person picked nothing. */
export async function pickMode(agent: Agent, title: string, { withRemove = false } = {}): Promise<AuthMode | "remove" | undefined> {
  const current = agent.auth?.mode;
  const modes = agentModes(agent).map((mode) => ({
    label: modeNames[mode],
    description: mode === current ? `${mode} · now` : mode,
    detail: authModeMeanings[mode],
    mode,
  }));
  const isSet = current !== undefined || agent.auth?.profileId !== undefined;
  const remove = {
    label: "$(discard) Remove",
    description: "auth",
    detail: "What is there is used: a token variable, else a sign-in, else an API-key variable.",
    mode: "remove" as const,
  };
  const picked = await vscode.window.showQuickPick([...modes, ...(withRemove && isSet ? [remove] : [])], {
    title,
    placeHolder: "How does it authenticate?",
    matchOnDescription: true,
  });
  return picked?.mode;
}

export const anyProfile = Symbol("whichever comes first");
export type PickedProfile = Profile | typeof anyProfile;

/** A profile of the agent's provider, a new sign-in, or none in particular. `undefined` when the person picked nothing. */
export async function pickAgentProfile(
  services: Services,
  agent: Pick<Agent, "model" | "auth">,
  types: readonly Profile["type"][],
  title: string,
): Promise<PickedProfile | undefined> {
  const providerId = agentProvider(agent) ?? "";
  const provider = findProvider(providerId);
  const fitting = profilesOf(providerId, await services.store.read()).filter(({ type }) => types.includes(type));
  const current = agent.auth?.profileId;
  const profiles = fitting.map((profile) => {
    const item = profileItem(profile);
    return profile.id === current ? { ...item, description: `${item.description} · now` } : item;
  });
  const variables = environmentVariables(providerId).key.join(" or ");
  const any = types.includes("oauth")
    ? { label: "Whichever account comes first", detail: "Names no profile." }
    : { label: "The provider's environment variable", detail: variables || undefined };
  const signIn = { label: fitting.length > 0 ? "$(add) Sign in to another account…" : `$(add) Sign in to ${provider?.name ?? providerId}…`, profile: undefined };
  const items = [...profiles, { ...any, profile: anyProfile } as const, ...(types.includes("oauth") && provider ? [signIn] : [])];
  const picked = await vscode.window.showQuickPick<vscode.QuickPickItem & { profile: PickedProfile | undefined }>(items, { title, placeHolder: "Account" });
  if (!picked) return undefined;
  return picked.profile ?? login(services, provider);
}
