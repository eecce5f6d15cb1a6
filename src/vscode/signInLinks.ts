import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import type { Action } from "../auth/loginUi";

/** The command behind the links of a progress notification. It has no place in the palette. */
const command = "aihub.signInLink";

/** By an id that nobody can guess: a link to it may stand in any notification. */
const actions = new Map<string, Action>();

/** What can be done beside waiting, as links in the notification of one sign-in. They work until it is over. */
export interface Links extends vscode.Disposable {
  /** The action as a link that the editor shows in a notification. */
  linkTo(action: Action): string;
}

export function createLinks(): Links {
  const own: string[] = [];
  return {
    linkTo(action) {
      const id = randomUUID();
      own.push(id);
      actions.set(id, action);
      return `[${action.label}](command:${command}?${encodeURIComponent(JSON.stringify([id]))})`;
    },
    dispose: () => own.forEach((id) => actions.delete(id)),
  };
}

export function registerSignInLinks(): vscode.Disposable {
  return vscode.commands.registerCommand(command, (id: unknown) => actions.get(String(id))?.run());
}
