import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as vscode from "vscode";
import { tokenHash } from "../../src/auth/profiles";
import { createFileCredentialStore } from "../../src/store/fileCredentialStore";
import { commands } from "../../src/vscode/ids";
import { extensionId, home, openAsOnDisk, problems, replaceText } from "./scene";

const aihub = join(home, ".aihub");
const inline = `{
  "agents": [
    {
      "id": "pilot",
      "name": "Pilot",
      "model": { "provider": "anthropic", "model": "claude-sonnet-4-5" },
      "auth": { "mode": "oauth", "profileId": "anthropic:work" }
    },
    { "id": "coder", "model": { "provider": "openai-codex", "model": "gpt-5.4" } }
  ]
}
`;
const folderAgent = "# in a folder\nid: helper\nmodel:\n  provider: anthropic\n  model: claude-sonnet-4-5\nauth:\n  mode: oauth\n  profileId: anthropic:work\n";

describe("the files of agents, in the editor", () => {
  const store = createFileCredentialStore(aihub);
  const profile = (label: string) => ({ provider: "anthropic", type: "oauth" as const, label });
  const credential = (name: string) => ({ type: "oauth" as const, access: `not-a-token-${name}`, refresh: `not-a-refresh-token-${name}`, expires: Date.now() + 8 * 3_600_000 });

  before(async () => {
    await vscode.extensions.getExtension(extensionId)?.activate();
    await store.update(({ credentials, index }) => {
      credentials["anthropic:work"] = credential("work");
      index.profiles["anthropic:work"] = profile("work@example.com");
      index.profiles["anthropic:ci"] = { provider: "anthropic", type: "api_key", label: "CI", key: "$env:AIHUB_TEST_KEY" };
    });
  });
  afterEach(() => vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor"));
  after(async () => {
    await store.update(({ credentials, index }) => {
      for (const id of ["anthropic:work", "anthropic:over"]) delete credentials[id];
      index.profiles = {};
    });
    await rm(join(aihub, "aihub.json"));
    await rm(join(aihub, "agents"), { recursive: true });
  });

  const open = async (path: string, text: string) => {
    const file = join(aihub, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return openAsOnDisk(file);
  };
  const lenses = async ({ uri }: vscode.TextDocument) => {
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri, 5000);
    return found.map(({ command, range }) => ({ line: range.start.line, title: command?.title ?? "", command }));
  };
  const completionsAfter = async (document: vscode.TextDocument, text: string) => {
    const position = document.positionAt(document.getText().indexOf(text) + text.length);
    const list = await vscode.commands.executeCommand<vscode.CompletionList>("vscode.executeCompletionItemProvider", document.uri, position);
    return list.items.map(({ label, detail, insertText }) => ({ label: typeof label === "string" ? label : label.label, detail, insertText }));
  };

  for (const [what, path, text, line] of [
    ["aihub.json", "aihub.json", inline, 2],
    ["an agent.yaml", "agents/helper/agent.yaml", folderAgent, 1],
  ] as const) {
    describe(what, () => {
      it("has above each agent its account, its status and a way to change it", async () => {
        const document = await open(path, text);
        const [status, change] = await lenses(document);
        assert.match(status?.title ?? "", /^\$\(account\)\swork@example\.com · Connected, renews (at|on) /);
        assert.deepEqual([status?.line, change?.line, change?.title, change?.command?.command], [line, line, "Change…", commands.setAgentAuth]);
        assert.deepEqual(await problems(document, (found) => found.length === 0), []);
      });

      it("completes profiles of the agent's provider, with whose they are", async () => {
        const document = await open(path, text);
        const item = (await completionsAfter(document, "anthropic:w")).find(({ label }) => label === "anthropic:work");
        assert.match(item?.detail ?? "", /^work@example\.com · Connected, renews /);
        assert.equal(item?.insertText, path.endsWith(".json") ? '"anthropic:work"' : "anthropic:work");
        assert.ok(!(await completionsAfter(document, "anthropic:w")).some(({ label }) => label === "anthropic:ci"));
      });

      it("completes modes, with what each means", async () => {
        const document = await open(path, text);
        // The editor's own help for JSON starts when it is first needed.
        const labels = await poll(async () => {
          const found = (await completionsAfter(document, path.endsWith(".json") ? '"mode": ' : "mode: ")).map(({ label }) => label.replaceAll('"', ""));
          return found.includes("oauth") ? found : undefined;
        });
        assert.deepEqual(["oauth", "api_key", "proxy"].filter((mode) => !labels.includes(mode)), []);
      });

      it("tells of a profile who pays", async () => {
        const document = await open(path, text);
        const position = document.positionAt(document.getText().indexOf("anthropic:work") + 3);
        const hovers = await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", document.uri, position);
        const told = hovers.flatMap(({ contents }) => contents.map((each) => (typeof each === "string" ? each : each.value))).join("\n");
        assert.match(told, /work&#64;example&#46;com/);
        assert.match(told, /Paid by your Claude subscription/);
      });

      it("marks a profile that does not exist while one types, with ways out, and unmarks the corrected one", async () => {
        const document = await open(path, text);
        await problems(document, (found) => found.length === 0);
        await replaceText(document, "anthropic:work", "anthropic:wirk");
        const [problem] = await problems(document, (found) => found.length === 1);
        assert.match(problem?.message ?? "", /There is no profile “anthropic:wirk”/);
        assert.match(document.getText(problem?.range), /^"?anthropic:wirk"?$/);
        const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", document.uri, problem?.range, vscode.CodeActionKind.QuickFix.value);
        const ours = actions.filter(({ command }) => command?.command.startsWith("aihub."));
        assert.deepEqual(ours.map(({ title }) => title), ["Sign in…", "Choose another profile…"]);
        assert.deepEqual(ours[0]?.command?.arguments, [{ provider: "anthropic", profile: "anthropic:wirk" }]);
        await replaceText(document, "anthropic:wirk", "anthropic:work");
        await problems(document, (found) => found.length === 0);
      });

      it("follows the sign-ins: one that is over is marked at once", async () => {
        const document = await open(path, text.replace("anthropic:work", "anthropic:over"));
        await problems(document, ([problem]) => problem?.code === "unknown_profile");
        await store.update(({ credentials, index }) => {
          credentials["anthropic:over"] = credential("over");
          index.profiles["anthropic:over"] = { ...profile("over@example.com"), signInAgain: { token: tokenHash(credential("over").refresh), reason: "revoked", at: Date.now() } };
        });
        const [problem] = await problems(document, ([each]) => each?.code === "sign_in_again");
        assert.equal(problem?.severity, vscode.DiagnosticSeverity.Warning);
        assert.deepEqual((await lenses(document)).map(({ title }) => title).slice(0, 3), ["$(warning)\u00a0over@example.com · Sign in again", "Sign in…", "Change…"]);
        await store.update(({ credentials, index }) => {
          delete credentials["anthropic:over"];
          delete index.profiles["anthropic:over"];
        });
        await problems(document, ([each]) => each?.code === "unknown_profile");
      });

      it("is edited in its editor when it has unsaved changes, and left to be saved", async () => {
        const old = text.replace("anthropic:work", "anthropic:other");
        const document = await open(path, old);
        const change = (await lenses(document)).find(({ title }) => title === "Change…")?.command;
        const typed = path.endsWith(".json") ? '"name": "Typed"' : "# typed";
        await replaceText(document, path.endsWith(".json") ? '"name": "Pilot"' : "# in a folder", typed);
        const running = vscode.commands.executeCommand(change?.command ?? "", ...((change?.arguments ?? []) as unknown[]));
        // The first of each list: a sign-in, and that of the account.
        await pressUntil(() => document.getText().includes("anthropic:work"), "workbench.action.acceptSelectedQuickOpenItem");
        await running;
        assert.equal(document.getText(), text.replace(/"name": "Pilot"|# in a folder/, typed));
        assert.ok(document.isDirty);
        assert.equal(await readFile(document.fileName, "utf8"), old);
        await vscode.commands.executeCommand("undo");
        assert.match(document.getText(), /anthropic:other/);
        assert.ok(document.getText().includes(typed), "one step back, and no further");
      });
    });
  }

  it("keep their syntax errors: the place is marked where the editor itself says nothing", async () => {
    const document = await open("agents/helper/agent.yaml", "id: helper\nauth:\n  mode: magic\n");
    const [problem] = await problems(document, (found) => found.length === 1);
    assert.match(problem?.message ?? "", /auth\.mode should be one of oauth, api_key, proxy/);
    assert.equal(problem?.range.start.line, 2);
  });

  it("offer no sign-in where the provider has none", async () => {
    const document = await open("agents/helper/agent.yaml", "id: helper\nmodel:\n  provider: openai\n  model: gpt-4o\nauth:\n  mode: oauth\n");
    const [problem] = await problems(document, ([each]) => each?.code === "no_sign_in");
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", document.uri, problem?.range, vscode.CodeActionKind.QuickFix.value);
    const [fix, ...others] = actions.filter(({ command }) => command?.command.startsWith("aihub."));
    assert.deepEqual([fix?.title, others], ["Choose another mode…", []]);
    const running = vscode.commands.executeCommand(fix?.command?.command ?? "", ...((fix?.command?.arguments ?? []) as unknown[]));
    // The first of each list: an API key, and that of the environment.
    await pressUntil(() => document.getText().includes("mode: api_key"), "workbench.action.acceptSelectedQuickOpenItem");
    await running;
    await problems(document, (found) => found.length === 0);
  });

  it("leave the agent.yaml of another program alone", async () => {
    const document = await open("../crew/agent.yaml", "name: crew\nmodel: gpt-4\n");
    assert.deepEqual(await lenses(document), []);
    await rm(join(home, "crew"), { recursive: true });
  });

  it("may hold 1,000 agents", async () => {
    const agents = Array.from({ length: 1000 }, (_, n) => ({ id: `agent-${n}`, model: { provider: "anthropic", model: "m" }, auth: { mode: "oauth", profileId: "anthropic:gone" } }));
    const document = await open("aihub.json", JSON.stringify({ agents }, null, 2));
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", document.uri);
    assert.equal(found.length, 3000);
    await problems(document, (each) => each.length === 1000);
  });
});

async function poll<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error("Waited in vain for 20 s.");
}

/** Does what a key does, as often as it takes: a list that is not there yet takes none. */
async function pressUntil(isDone: () => boolean, key: string): Promise<void> {
  await poll(async () => {
    await vscode.commands.executeCommand(key);
    return isDone() || undefined;
  });
}
