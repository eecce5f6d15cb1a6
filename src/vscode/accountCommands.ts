import * as vscode from "vscode";
import type { Profile } from "../auth/profiles";
import type { Provider } from "../providers/provider";
import { findProvider } from "../providers/registry";
import { pickProfile, pickProvider, profileItem } from "./pickers";
import { loadAuth, type Services } from "./services";
import { signIn } from "./signIn";
import { listProfiles } from "../auth/profiles";

/** “AIHub: Login” */
export async function login(services: Services, provider?: Provider, profile?: Profile): Promise<Profile | undefined> {
  const chosen = provider ?? (await pickProvider(services));
  if (!chosen) return undefined;
  const signedIn = await signIn(services, chosen, profile?.id);
  void vscode.window.showInformationMessage(`Signed in to ${chosen.name} as ${signedIn.label}.`);
  return signedIn;
}

/** “AIHub: Logout” */
export async function logout(services: Services, profile?: Profile): Promise<void> {
  const chosen = profile ?? (await pickProfile(services, "AIHub: Logout"));
  if (!chosen) return;
  const auth = await loadAuth();
  await auth.logout(services.store, chosen.id, services.log);
  void vscode.window.showInformationMessage(`Signed out of ${chosen.label}.`);
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
  const action = await vscode.window.showQuickPick(provider ? [again, out] : [out], { title: profile.label });
  if (action === again && provider) await login(services, provider, profile);
  if (action === out) await logout(services, profile);
}
