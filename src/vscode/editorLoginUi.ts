import * as vscode from "vscode";
import type { Choice, DeviceCode, LoginEnvironment, LoginUi, Question } from "../auth/loginUi";
import { clockTime } from "../common/clockTime";
import { extensionId } from "./ids";
import type { Links } from "./signInLinks";

/** The person in front of the editor. */
export function createEditorLoginUi(progress: vscode.Progress<{ message: string }>, links: Links): LoginUi {
  let address: string | undefined;
  const folder = vscode.workspace.name;
  return {
    place: folder ? `${vscode.env.appName} (${folder})` : vscode.env.appName,
    showsActions: true,
    environment: editorEnvironment,
    externalUri: async (uri) => (await vscode.env.asExternalUri(vscode.Uri.parse(uri))).toString(true),
    returnLink: async () => ({ uri: await editorUri(), label: `Back to ${vscode.env.appName}` }),
    async openBrowser(url) {
      address = url;
      // Declined, or nothing there to open it with: the box that follows has the address to copy.
      await openAddress(address);
    },
    ask: (question, signal) => askInBox(question, address, signal),
    choose(choice, signal) {
      // A list shows one line of it; the notification has room for all.
      progress.report({ message: choice.prompt });
      return chooseFromList(choice, signal);
    },
    showDeviceCode,
    inform: (message) => void vscode.window.showInformationMessage(message),
    progress: (message, actions = []) => progress.report({ message: [message, ...actions.map((action) => links.linkTo(action))].join(" · ") }),
  };
}

export async function editorEnvironment(): Promise<LoginEnvironment> {
  const isWeb = vscode.env.uiKind === vscode.UIKind.Web;
  return { uiKind: isWeb ? "web" : "desktop", remoteName: vscode.env.remoteName, editorHost: isWeb ? await editorHost() : undefined };
}

/** An address of this window, for a browser. Where the editor runs in one, it tells how the browser reaches it. */
async function editorUri(): Promise<string> {
  return (await vscode.env.asExternalUri(vscode.Uri.parse(`${vscode.env.uriScheme}://${extensionId}/signed-in`))).toString(true);
}

async function editorHost(): Promise<string | undefined> {
  const address = await editorUri().catch(() => "");
  return URL.canParse(address) ? new URL(address).hostname : undefined;
}

async function openAddress(address: string): Promise<boolean> {
  try {
    return await vscode.env.openExternal(vscode.Uri.parse(address, true));
  } catch {
    return false;
  }
}

/** Shows a quick input until it is hidden or `signal` is aborted; `finish` ends it with a result. */
function untilHidden<T, I extends vscode.QuickInput>(input: I, signal: AbortSignal, listen: (input: I, finish: (value: T) => void) => void): Promise<T | undefined> {
  input.ignoreFocusOut = true;
  return new Promise((resolve) => {
    const finish = (value?: T) => {
      signal.removeEventListener("abort", onAbort);
      resolve(value);
      input.dispose();
    };
    const onAbort = () => finish();
    signal.addEventListener("abort", onAbort, { once: true });
    input.onDidHide(() => finish());
    listen(input, finish);
    if (signal.aborted) finish();
    else input.show();
  });
}

const copyAddress: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("copy"), tooltip: "Copy the address of the sign-in page" };
const openAgain: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("link-external"), tooltip: "Open the sign-in page again" };

/** An input box that stays when the browser takes the focus. */
function askInBox({ title, prompt, placeholder, value = "", problem, anotherWay }: Question, address: string | undefined, signal: AbortSignal): Promise<string | undefined> {
  const box = Object.assign(vscode.window.createInputBox(), { title, prompt, placeholder, value, validationMessage: problem });
  const leave = anotherWay && { iconPath: new vscode.ThemeIcon("question"), tooltip: anotherWay.label };
  box.buttons = [...(address ? [copyAddress, openAgain] : []), ...(leave ? [leave] : [])];
  return untilHidden<string, vscode.InputBox>(box, signal, (_box, finish) => {
    box.onDidAccept(() => {
      if (box.value.trim() !== "") finish(box.value);
    });
    box.onDidChangeValue(() => (box.validationMessage = undefined));
    box.onDidTriggerButton((button) => {
      if (button === leave) anotherWay?.run();
      else if (address && button === copyAddress) void vscode.env.clipboard.writeText(address);
      else if (address) void openAddress(address);
    });
  });
}

async function chooseFromList<T extends string>({ title, prompt, options, link }: Choice<T>, signal: AbortSignal): Promise<T | undefined> {
  const list = vscode.window.createQuickPick<vscode.QuickPickItem & { id?: T }>();
  const page = link && { label: `$(link-external) ${link.label}`, detail: link.url };
  Object.assign(list, { title, placeholder: prompt, items: [...options, ...(page ? [page] : [])] });
  return untilHidden<T, typeof list>(list, signal, (_list, finish) => {
    list.onDidAccept(() => {
      const [picked] = list.selectedItems;
      if (picked?.id !== undefined) finish(picked.id);
      else if (link) void openAddress(link.url);
    });
  });
}

/**
 * The code with “Copy & Open”, until `signal` says that it was used. A list rather than a modal dialog:
 * it can be taken down by itself once the person has authorized.
 */
async function showDeviceCode({ provider, userCode, verificationUri, expiresAt, anotherWay }: DeviceCode, signal: AbortSignal): Promise<void> {
  const list = vscode.window.createQuickPick();
  const code = { label: userCode, description: "Copy & Open", detail: `Copies the code and opens ${verificationUri}`, alwaysShow: true };
  const leave = anotherWay && { label: `$(question) ${anotherWay.label}`, alwaysShow: true };
  const items = leave ? [code, leave] : [code];
  Object.assign(list, { title: `Sign in to ${provider}: ${userCode}`, placeholder: `Enter this code at ${verificationUri} until ${clockTime(expiresAt)}`, items });
  await untilHidden(list, signal, () => {
    list.onDidAccept(() => {
      if (list.selectedItems[0] === leave) return anotherWay?.run();
      void vscode.env.clipboard.writeText(userCode);
      void openAddress(verificationUri);
    });
  });
}
