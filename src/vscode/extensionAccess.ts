import * as vscode from "vscode";
import { AIHubError } from "../common/errors";
import { findProvider } from "../providers/registry";
import type { CallingExtension } from "./api";

export interface InstalledExtension {
  id: string;
  name: string;
}

export interface ExtensionAccess {
  /**
   * Asks the person whether an extension may have a provider's key, unless that was answered before.
   * @throws AIHubError `access_not_allowed`, `cancelled`
   */
  ask(extension: InstalledExtension, provider: string): Promise<void>;
  /** “AIHub: Manage Extension Access” */
  manage(): Promise<void>;
}

type Answer = "allowed" | "denied";

/** By extension, then by provider. */
type Answers = Readonly<Record<string, Readonly<Record<string, Answer>>>>;

const storageKey = "extensionAccess";

/**
 * The extension that a caller says it is. Extensions share one process, so this keeps honest ones apart and tells the
 * person who asks; it is no wall against a program that lies (docs/api.md).
 *
 * @throws AIHubError `unknown_extension`
 */
export function installedExtension(claimed: CallingExtension): InstalledExtension {
  const { id } = claimed;
  const installed = vscode.extensions.getExtension(id);
  if (!installed || installed.extensionPath !== claimed.extensionPath) throw new AIHubError("unknown_extension", { reason: id });
  const { displayName } = installed.packageJSON as { displayName?: string };
  return { id: installed.id.toLowerCase(), name: displayName ?? installed.id };
}

/** What the person has allowed which extension, remembered in `memory` across windows and restarts. */
export function createExtensionAccess(memory: vscode.Memento): ExtensionAccess {
  const answers = (): Answers => memory.get<Answers>(storageKey, {});
  const remember = (id: string, provider: string, answer: Answer) => memory.update(storageKey, { ...answers(), [id]: { ...answers()[id], [provider]: answer } });
  const open = new Map<string, Promise<Answer | undefined>>();

  return {
    async ask({ id, name }, provider) {
      const known = answers()[id]?.[provider];
      // Several requests at once are one question.
      const key = `${id} ${provider}`;
      const asked = known ? undefined : (open.get(key) ?? askPerson(name, provider).finally(() => open.delete(key)));
      if (asked) open.set(key, asked);
      const answer = known ?? (await asked);
      if (answer === undefined) throw new AIHubError("cancelled");
      if (!known) await remember(id, provider, answer);
      if (answer === "denied") throw new AIHubError("access_not_allowed", { reason: name, provider: nameOf(provider) });
    },

    async manage() {
      const items = Object.entries(answers()).flatMap(([id, byProvider]) =>
        Object.entries(byProvider).map(([provider, answer]) => ({ label: displayName(id), description: `${nameOf(provider)} · ${id}`, picked: answer === "allowed", id, provider })),
      );
      if (items.length === 0) {
        void vscode.window.showInformationMessage("No extension has asked for a key.");
        return;
      }
      const title = "AIHub: Manage Extension Access";
      const picked = await vscode.window.showQuickPick(items, { title, placeHolder: "Extensions that may use your keys", canPickMany: true });
      if (!picked) return;
      for (const item of items) await remember(item.id, item.provider, picked.includes(item) ? "allowed" : "denied");
    },
  };
}

/** @returns `undefined` when the person closed the question, which is no answer for the next time. */
async function askPerson(name: string, provider: string): Promise<Answer | undefined> {
  const allow = "Allow";
  const deny = "Deny";
  const question = `The extension “${name}” wants to use your ${nameOf(provider)} account through AIHub.`;
  const detail = "It gets a key with which it can make requests that your account pays for. Change it at any time with “AIHub: Manage Extension Access”.";
  const answer = await vscode.window.showInformationMessage(question, { modal: true, detail }, allow, deny);
  if (answer === undefined) return undefined;
  return answer === allow ? "allowed" : "denied";
}

function nameOf(provider: string): string {
  return findProvider(provider)?.label ?? provider;
}

function displayName(id: string): string {
  return (vscode.extensions.getExtension(id)?.packageJSON as { displayName?: string } | undefined)?.displayName ?? id;
}
