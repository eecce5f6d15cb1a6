import * as vscode from "vscode";
import { listProfiles, profileById, type Profile } from "../auth/profiles";
import { isAIHubError } from "../common/errors";
import type { Provider } from "../providers/provider";
import { findProvider } from "../providers/registry";
import type { ProfileId } from "../store/profileId";
import { textArgument } from "./commandArguments";
import { editorEnvironment } from "./editorLoginUi";
import { pickProfile, pickProvider, profileItem } from "./pickers";
import { loadAuth, type Services } from "./services";
import { signIn, type SignInWish } from "./signIn";

/** “AIHub: Login” */
export async function login(services: Services, provider?: Provider, profile?: ProfileId): Promise<Profile | undefined> {
  const chosen = provider ?? (await pickProvider(services));
  return chosen && signInOrAnotherWay(services, chosen, { profile });
}

/** “AIHub: Login” as a command or link names it: `{ provider, profile }` by their ids, each of which may be missing. */
export async function loginAs(services: Services, wanted?: unknown): Promise<void> {
  await login(services, findProvider(textArgument(wanted, "provider") ?? ""), textArgument(wanted, "profile"));
}

/** A sign-in that was not finished in time is begun again in the way that the person chooses, if any. */
async function signInOrAnotherWay(services: Services, provider: Provider, wish: SignInWish): Promise<Profile | undefined> {
  try {
    return await signIn(services, provider, wish);
  } catch (error) {
    if (!isAIHubError(error, "login_timed_out", "device_code_expired")) throw error;
    const another = "Try Another Way";
    if ((await vscode.window.showErrorMessage(error.message, another)) !== another) return undefined;
    const { flowName, selectFlows } = await loadAuth();
    const ways = selectFlows(provider.flows, await editorEnvironment(), {});
    const firstOfKind = ways.filter(({ kind }, index) => ways.findIndex((each) => each.kind === kind) === index);
    const items = firstOfKind.map((flow) => ({ label: `Sign in ${flowName(flow)}`, flow: flow.kind }));
    const picked = await vscode.window.showQuickPick(items, { title: `Sign in to ${provider.name}`, placeHolder: "Another way" });
    return picked && signInOrAnotherWay(services, provider, { ...wish, preferredFlow: picked.flow });
  }
}

/** “AIHub: Logout” */
export async function logout(services: Services, profile?: Profile): Promise<void> {
  const chosen = profile ?? (await pickProfile(services, "AIHub: Logout"));
  if (!chosen) return;
  const auth = await loadAuth();
  await auth.logout(services.store, chosen.id, services.log);
  void vscode.window.showInformationMessage(`Signed out of ${chosen.label}.`);
}

/** “AIHub: Logout” as a command or link names it: `{ profile }` by its id, which may be missing. */
export async function logoutOf(services: Services, wanted?: unknown): Promise<void> {
  const id = textArgument(wanted, "profile");
  await logout(services, id === undefined ? undefined : profileById(id, await services.store.read()));
}

/** “AIHub: Show Accounts”: who is signed in, and what can be done about it. */
export async function showAccounts(services: Services): Promise<void> {
  const accounts = listProfiles(await services.store.read()).map((profile) => profileItem(profile));
  const another = { label: "$(add) Sign in to another account…", profile: undefined };
  const picked = await vscode.window.showQuickPick([...accounts, another], { title: "AIHub: Accounts", placeHolder: "Account" });
  if (!picked) return;
  if (!picked.profile) await login(services);
  else await actOn(services, picked.profile);
}

async function actOn(services: Services, profile: Profile): Promise<void> {
  const again = "Sign In Again";
  const out = "Sign Out";
  const provider = findProvider(profile.provider);
  const action = await vscode.window.showQuickPick(provider && profile.type === "oauth" ? [again, out] : [out], { title: profile.label });
  if (action === again && provider) await login(services, provider, profile.id);
  if (action === out) await logout(services, profile);
}
