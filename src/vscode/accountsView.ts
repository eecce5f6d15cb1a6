import * as vscode from "vscode";
import { listProfiles, type Profile } from "../auth/profiles";
import { messageOf } from "../common/errors";
import { providers } from "../providers/registry";
import type { CredentialStore } from "../store/credentialStore";
import { describeStatus } from "./statusBar";
import type { TreeNode } from "./treeNodes";

const icons = { connected: "pass", expired: "history", "sign-in-again": "warning", "not-connected": "circle-slash" } as const;

/**
 * The providers, and under each its accounts with their status. Asks for a new drawing when the accounts look different:
 * while a tree is drawn anew, the editor does not know which row a command in a menu is for.
 */
export function accountsTree({ store }: { readonly store: CredentialStore }): vscode.TreeDataProvider<TreeNode> & vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  /** How the newest drawing looks, or why it failed. One that is under way counts already: a change may come meanwhile. */
  let drawn: Promise<string> | undefined;
  const accounts = async () => listProfiles(await store.read());
  const look = async () => {
    const now = await accounts().then(appearance, messageOf);
    if (drawn !== undefined && (await drawn) !== now) changed.fire();
  };
  const changes = store.onDidChange(() => void look());
  return {
    dispose() {
      changes.dispose();
      changed.dispose();
    },
    onDidChangeTreeData: changed.event,
    async getChildren(node) {
      if (node) return node.kind === "provider" ? node.profiles.map((profile) => ({ kind: "account", provider: profile.provider, profile: profile.id, shown: profile })) : [];
      const reading = accounts();
      drawn = reading.then(appearance, messageOf);
      const profiles = await reading;
      return providers.map((provider) => ({ kind: "provider", provider: provider.id, shown: provider, profiles: profiles.filter((profile) => profile.provider === provider.id) }));
    },
    getTreeItem(node) {
      if (node.kind === "provider") return providerItem(node);
      if (node.kind === "account") return accountItem(node);
      return new vscode.TreeItem("");
    },
  };
}

function appearance(profiles: readonly Profile[]): string {
  return JSON.stringify(profiles.map((profile) => [profile.id, profile.type, profile.label, describeStatus(profile)]));
}

function providerItem({ shown: provider, profiles }: Extract<TreeNode, { kind: "provider" }>): vscode.TreeItem {
  const hasAccounts = profiles.length > 0;
  const item = new vscode.TreeItem(provider.label, hasAccounts ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None);
  // The editor keeps a row closed that it knows as one without any below it: with its first account it is a new one.
  item.id = hasAccounts ? provider.id : `${provider.id} without accounts`;
  item.description = hasAccounts ? undefined : "not signed in";
  item.tooltip = provider.notice?.text;
  item.contextValue = "provider";
  return item;
}

function accountItem({ shown: profile }: Extract<TreeNode, { kind: "account" }>): vscode.TreeItem {
  const item = new vscode.TreeItem(profile.label);
  item.id = profile.id;
  item.description = describeStatus(profile);
  const owner = profile.takenOverFrom === null ? [] : [`Taken over from ${profile.takenOverFrom}. Only its owner renews it: use that program, or sign in for one of your own.`];
  item.tooltip = [profile.label, profile.id, describeStatus(profile), ...owner].join("\n");
  item.iconPath = new vscode.ThemeIcon(icons[profile.status], profile.status === "sign-in-again" ? new vscode.ThemeColor("problemsWarningIcon.foreground") : undefined);
  item.contextValue = profile.type === "oauth" ? "account" : "key";
  return item;
}
