import { realpath } from "node:fs/promises";
import { basename } from "node:path";
import * as vscode from "vscode";
import { AIHubError } from "../common/errors";
import type { Agent, AgentAuth } from "../gateway/agent";
import { changeAgentAuth, withAgentAuth } from "../gateway/agentAuth";
import { agentInText, readConfigText } from "../gateway/config";
import { smallestEdit } from "../gateway/textEdit";

/** The text of a config as the person sees it: what they have not saved yet counts. */
export async function readText(file: string): Promise<string> {
  return (await unsavedDocument(file))?.getText() ?? readConfigText(file);
}

/** The editor's document of a file, if it has unsaved changes. The same file may be open under a link's name. */
export async function unsavedDocument(file: string): Promise<vscode.TextDocument | undefined> {
  const dirty = vscode.workspace.textDocuments.filter(({ isDirty, uri }) => isDirty && uri.scheme === "file" && basename(uri.fsPath) === basename(file));
  for (const document of dirty) if (document.uri.fsPath === file || (await real(document.uri.fsPath)) === (await real(file))) return document;
  return undefined;
}

/**
 * For changes that are made on the disk: an editor would not see them, and write its own text over them.
 *
 * @throws AIHubError `config_unsaved`
 */
export async function checkSaved(...files: string[]): Promise<void> {
  for (const file of files) if (await unsavedDocument(file)) throw new AIHubError("config_unsaved", { file });
}

/**
 * Sets an agent's auth where the person would: in the editor, if the file has unsaved changes there, and left for them
 * to save; else in the file.
 *
 * @returns whether it is saved
 * @throws AIHubError as `setAgentAuth`; `config_changed`
 */
export async function applyAgentAuth(home: string, { file, id }: Pick<Agent, "file" | "id">, auth: AgentAuth): Promise<boolean> {
  const document = await unsavedDocument(file);
  if (!document) {
    await changeAgentAuth(home, { file, id }, auth);
    return true;
  }
  const text = document.getText();
  const edit = smallestEdit(text, withAgentAuth(agentInText(file, text, id), text, auth));
  if (!edit) return false;
  const change = new vscode.WorkspaceEdit();
  change.replace(document.uri, new vscode.Range(document.positionAt(edit.offset), document.positionAt(edit.offset + edit.length)), edit.text);
  if (!(await vscode.workspace.applyEdit(change))) throw new AIHubError("config_changed", { file });
  return false;
}

async function real(file: string): Promise<string> {
  return realpath(file).catch(() => file);
}
