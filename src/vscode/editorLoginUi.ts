import * as vscode from "vscode";
import type { DeviceCode, LoginUi, Question } from "../auth/loginUi";

/** The person in front of the editor. */
export function createEditorLoginUi(progress: vscode.Progress<{ message: string }>): LoginUi {
  let address: string | undefined;
  return {
    externalUri: async (uri) => (await vscode.env.asExternalUri(vscode.Uri.parse(uri))).toString(true),
    async openBrowser(url) {
      address = url;
      // Declined, or nothing there to open it with: the box that follows has the address to copy.
      await openAddress(address);
    },
    ask: (question, signal) => askInBox(question, address, signal),
    showDeviceCode,
    progress: (message) => progress.report({ message }),
  };
}

async function openAddress(address: string): Promise<boolean> {
  try {
    return await vscode.env.openExternal(vscode.Uri.parse(address, true));
  } catch {
    return false;
  }
}

const copyAddress: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("copy"), tooltip: "Copy the address of the sign-in page" };
const openAgain: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("link-external"), tooltip: "Open the sign-in page again" };

/** An input box that stays when the browser takes the focus. */
function askInBox({ title, prompt, placeholder, problem }: Question, address: string | undefined, signal: AbortSignal): Promise<string | undefined> {
  const box = vscode.window.createInputBox();
  box.title = title;
  box.prompt = prompt;
  box.placeholder = placeholder;
  box.validationMessage = problem;
  box.ignoreFocusOut = true;
  box.buttons = address ? [copyAddress, openAgain] : [];
  return new Promise((resolve) => {
    const finish = (value: string | undefined) => {
      signal.removeEventListener("abort", onAbort);
      resolve(value);
      box.dispose();
    };
    const onAbort = () => finish(undefined);
    signal.addEventListener("abort", onAbort, { once: true });
    box.onDidAccept(() => {
      if (box.value.trim() !== "") finish(box.value);
    });
    box.onDidChangeValue(() => (box.validationMessage = undefined));
    box.onDidHide(() => finish(undefined));
    box.onDidTriggerButton((button) => {
      if (!address) return;
      if (button === copyAddress) void vscode.env.clipboard.writeText(address);
      else void openAddress(address);
    });
    if (signal.aborted) finish(undefined);
    else box.show();
  });
}

/**
 * The code with “Copy & Open”, until `signal` says that it was used. A list rather than a modal dialog:
 * it can be taken down by itself once the person has authorized.
 */
function showDeviceCode({ provider, userCode, verificationUri }: DeviceCode, signal: AbortSignal): Promise<void> {
  const list = vscode.window.createQuickPick();
  list.title = `Sign in to ${provider}`;
  list.placeholder = `Enter this code at ${verificationUri}`;
  list.items = [{ label: userCode, description: "Copy & Open", detail: `Copies the code and opens ${verificationUri}`, alwaysShow: true }];
  list.ignoreFocusOut = true;
  return new Promise((resolve) => {
    const finish = () => {
      signal.removeEventListener("abort", finish);
      resolve();
      list.dispose();
    };
    signal.addEventListener("abort", finish, { once: true });
    list.onDidAccept(() => {
      void vscode.env.clipboard.writeText(userCode);
      void openAddress(verificationUri);
    });
    list.onDidHide(finish);
    if (signal.aborted) finish();
    else list.show();
  });
}
