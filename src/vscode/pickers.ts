import * as vscode from "vscode";
import { listProfiles, type Profile } from "../auth/profiles";
import type { Provider } from "../providers/provider";
import { findProvider, providers } from "../providers/registry";
import type { Snapshot } from "../store/credentialStore";
import type { Services } from "./services";
import { describeStatus } from "./statusBar";

/** @returns `undefined` when the person picked none. */
export async function pickProvider({ store }: Services): Promise<Provider | undefined> {
  const snapshot = await store.read();
  const items = providers.map((provider) => ({
    label: provider.label,
    description: connectedAs(provider, snapshot),
    provider,
  }));
  const picked = await vscode.window.showQuickPick(items, { title: "AIHub: Login", placeHolder: "Sign in to…" });
  return picked?.provider;
}

export async function pickProfile({ store }: Services, title: string): Promise<Profile | undefined> {
  const items = listProfiles(await store.read()).map((profile) => profileItem(profile));
  if (items.length === 0) {
    void vscode.window.showInformationMessage("Nobody is signed in.");
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { title, placeHolder: "Account" }))?.profile;
}

export function profileItem(profile: Profile) {
  return {
    label: profile.label,
    description: `${findProvider(profile.provider)?.label ?? profile.provider} · ${profile.id}`,
    detail: describeStatus(profile),
    profile,
  };
}

function connectedAs(provider: Provider, snapshot: Snapshot): string | undefined {
  const labels = listProfiles(snapshot).filter((profile) => profile.provider === provider.id && profile.type === "oauth");
  return labels.length > 0 ? `signed in as ${labels.map(({ label }) => label).join(", ")}` : undefined;
}
