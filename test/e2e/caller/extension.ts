import { createHash } from "node:crypto";
import * as vscode from "vscode";
import type { AIHubApi, AIHubApiError, LoginStep } from "../../../src/vscode/api";

/** Another extension that uses AIHub's, and shows in the status bar what it got: of a key its hash, never the key. */
export async function activate({ extension, subscriptions }: vscode.ExtensionContext): Promise<void> {
  const status = vscode.window.createStatusBarItem("caller.status", vscode.StatusBarAlignment.Right, 1000);
  status.show();
  const api = await vscode.extensions.getExtension<AIHubApi>("aihub.aihub-vscode")!.activate();
  const provider = "anthropic";

  const getKey = async (calling: Pick<typeof extension, "id" | "extensionPath"> = extension) => {
    const { key, account, paidBy, profileId } = await api.getActiveApiKey({ extension: calling, provider, mode: "oauth" });
    return `key ${createHash("sha256").update(key).digest("hex")} ${account} ${profileId} ${paidBy}`;
  };

  /** Leads the person through a sign-in; `answer` says what is answered to a step. */
  const signIn = async (answer: (step: LoginStep) => Promise<string | undefined>) => {
    const end = new vscode.CancellationTokenSource();
    const { loginId, step: first } = await api.startLogin({ extension, provider, token: end.token });
    let step = first;
    while (step.kind !== "done") {
      const given = await answer(step);
      const isClosed = given === undefined && (step.kind === "question" || step.kind === "choice");
      if (isClosed) end.cancel();
      step = await api.completeLogin({ loginId, answer: given });
    }
    return `done ${step.profile.id} ${step.profile.label}`;
  };

  const commands: Record<string, () => Promise<string>> = {
    "caller.status": async () => JSON.stringify(await api.getProviderStatus(provider)),
    "caller.signIn": () =>
      signIn(async (step) => {
        if (step.kind === "choice") return choose(step);
        if (step.kind === "browser") await vscode.env.openExternal(vscode.Uri.parse(step.url, true));
        return undefined;
      }),
    "caller.signInByPaste": () =>
      signIn((step) => {
        if (step.kind === "choice") return choose(step);
        const prompt = step.kind === "question" ? `${step.prompt} ${step.problem}` : step.kind === "browser" ? step.url : step.kind;
        return Promise.resolve(vscode.window.showInputBox({ prompt, ignoreFocusOut: true }));
      }),
    "caller.getKey": () => getKey(),
    "caller.getKeyTwice": async () => (await Promise.all([getKey(), getKey()])).join(" and "),
    "caller.pretend": () => getKey({ id: "vscode.git", extensionPath: extension.extensionPath }),
    "caller.signOut": async () => {
      await api.disconnect({ extension, profileId: "anthropic:default" });
      return "signed out";
    },
  };

  for (const [id, run] of Object.entries(commands)) {
    subscriptions.push(
      vscode.commands.registerCommand(id, async () => {
        status.text = `running ${id}`;
        status.text = await run().catch((error: AIHubApiError) => `error ${error.code} ${error.message}`);
      }),
    );
  }
  subscriptions.push(status);
  status.text = `ready ${api.version}`;
}

/** As docs/api.md has it. */
async function choose({ prompt, options, link }: Extract<LoginStep, { kind: "choice" }>): Promise<string | undefined> {
  const page = link ? [{ label: `$(link-external) ${link.label}`, detail: link.url }] : [];
  const items: (vscode.QuickPickItem & { id?: string })[] = [...options, ...page];
  for (;;) {
    const picked = await vscode.window.showQuickPick(items, { placeHolder: prompt, ignoreFocusOut: true });
    if (!picked || picked.id !== undefined) return picked?.id;
    await vscode.env.openExternal(vscode.Uri.parse(picked.detail ?? "", true));
  }
}
