import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { createPerson, type Person } from "../support/person";
import { sandboxControl } from "../support/sandboxControl";

const given = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start these tests with npm run test:integration`);
  return value;
};

/** What the runner set up beside the editor. */
export const sandbox = sandboxControl(given("AIHUB_TEST_CONTROL"));
export const home = given("HOME");

export const extensionId = "aihub.aihub-vscode";

export function openPerson(): Person {
  return createPerson({ proxyUrl: given("HTTPS_PROXY"), caFile: given("NODE_EXTRA_CA_CERTS") });
}

/**
 * The pages that the extension opens: `next` resolves with the address of the coming one. The editor would ask the
 * person first, which a test host refuses.
 */
export function catchOpenedPages(): { next(): Promise<string>; restore(): void } {
  const original = vscode.env.openExternal;
  const opened: string[] = [];
  let deliver: ((url: string) => void) | undefined;
  Object.assign(vscode.env, {
    openExternal: (uri: vscode.Uri) => {
      // The encoded form escapes even the `=` and `&` of a query; the editor's opener goes by this one.
      const url = encodeURI(uri.toString(true));
      if (deliver) deliver(url);
      else opened.push(url);
      deliver = undefined;
      return Promise.resolve(true);
    },
  });
  return {
    next: () => {
      const url = opened.shift();
      return url === undefined ? new Promise((resolve) => (deliver = resolve)) : Promise.resolve(url);
    },
    restore: () => void Object.assign(vscode.env, { openExternal: original }),
  };
}

/** The next change of an account provider's sessions, as another extension hears it. */
export function nextChange(providerId: string): Promise<void> {
  return new Promise((resolve) => {
    const subscription = vscode.authentication.onDidChangeSessions(({ provider }) => {
      if (provider.id !== providerId) return;
      subscription.dispose();
      resolve();
    });
  });
}

export async function accountLabels(providerId: string): Promise<string[]> {
  return (await vscode.authentication.getAccounts(providerId)).map(({ label }) => label);
}

/** A file in an editor, as it is on disk: the editor may still know it as it was under the last test. */
export async function openAsOnDisk(file: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(file);
  await vscode.window.showTextDocument(document);
  if (document.getText() !== (await readFile(file, "utf8"))) await vscode.commands.executeCommand("workbench.action.files.revert");
  return document;
}

export async function replaceText(document: vscode.TextDocument, old: string, text: string): Promise<void> {
  const index = document.getText().indexOf(old);
  assert.ok(index >= 0, `${old} is not in the file`);
  const start = document.positionAt(index);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(start, start.translate(0, old.length)), text);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

/** The extension's problems in a file, as soon as they are as wanted. */
export function problems({ uri }: vscode.TextDocument, wanted: (found: vscode.Diagnostic[]) => boolean): Promise<vscode.Diagnostic[]> {
  return new Promise((resolve) => {
    let subscription: vscode.Disposable | undefined;
    const look = () => {
      const found = vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "AIHub");
      if (!wanted(found)) return false;
      subscription?.dispose();
      resolve(found);
      return true;
    };
    if (!look()) subscription = vscode.languages.onDidChangeDiagnostics(look);
  });
}
