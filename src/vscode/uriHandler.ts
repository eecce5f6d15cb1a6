import * as vscode from "vscode";

/**
 * Takes the link of the page that ends a sign-in. The system has brought the window forward to deliver it; what is
 * left is the keyboard. Nothing in the address counts: any page can make such a link.
 */
export function registerUriHandler(): vscode.Disposable {
  return vscode.window.registerUriHandler({
    handleUri: () => void vscode.commands.executeCommand("workbench.action.focusActiveEditorGroup"),
  });
}
