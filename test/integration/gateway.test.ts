import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { silentLogger } from "../../src/common/logger";
import { useGatewayProfile } from "../../src/gateway/gatewayProfile";
import { createMirroredStore } from "../../src/gateway/mirroredStore";
import { touchConfig } from "../../src/gateway/writeConfig";
import { openAgentRows } from "../../src/vscode/agentsView";
import { commands, settings } from "../../src/vscode/ids";
import { endGateways, freePort, startGateway } from "../support/gateway";
import { extensionId, home, openAsOnDisk, problems, replaceText } from "./scene";

const aihub = join(home, ".aihub");
const file = join(aihub, "agents", "helper", "agent.yaml");
const text = "# on the second account\nid: helper\nmodel:\n  provider: anthropic\n  model: claude-sonnet-4-5\nauth:\n  mode: oauth\n  profileId: anthropic:work\n";

describe("the gateway, in the editor", () => {
  const store = createMirroredStore(aihub, silentLogger);
  const reference = { file, id: "helper" };
  let port: number;

  before(async () => {
    await vscode.extensions.getExtension(extensionId)?.activate();
    await store.update(({ credentials, index }) => {
      for (const name of ["default", "work"]) {
        credentials[`anthropic:${name}`] = { type: "oauth", access: `not-a-token-${name}`, refresh: `not-a-refresh-token-${name}`, expires: Date.now() + 8 * 3_600_000 };
        index.profiles[`anthropic:${name}`] = { provider: "anthropic", type: "oauth", label: `${name}@example.com` };
      }
    });
  });
  beforeEach(async () => {
    port = await freePort();
    await mkdir(join(aihub, "agents", "helper"), { recursive: true });
    await writeFile(join(aihub, "aihub.json"), JSON.stringify({ version: 3, agents: "./agents/*", gateway: { port } }));
    await writeFile(file, text);
  });
  afterEach(() => vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor"));
  after(async () => {
    await endGateways();
    await store.update(({ credentials, index }) => {
      for (const name of ["default", "work"]) delete credentials[`anthropic:${name}`];
      index.profiles = {};
    });
    await store.sync();
    for (const name of ["aihub.json", "auth.json", "models.json", "agents"]) await rm(join(aihub, name), { recursive: true, force: true });
  });

  /** Runs a command to its end: takes the first of each list, and closes what it says. */
  const run = async (command: string, given?: unknown) => {
    let isRunning = true;
    const running = Promise.resolve(vscode.commands.executeCommand(command, given)).finally(() => (isRunning = false));
    while (isRunning) {
      await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
      await vscode.commands.executeCommand("notifications.clearAll");
    }
    await running;
  };
  const onDisk = () => readFile(file, "utf8");
  const aliases = async () => Object.keys((await store.read()).index.mirror?.aliases ?? {});
  const openUnsaved = async () => {
    const document = await openAsOnDisk(file);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), "# typed\n");
    assert.ok(await vscode.workspace.applyEdit(edit));
    return document;
  };

  it("gets no profile of its own for an agent with unsaved changes", async () => {
    const document = await openUnsaved();
    await run(commands.useGatewayProfile, reference);
    assert.deepEqual([await onDisk(), document.getText(), await aliases()], [text, `# typed\n${text}`, []]);
    await document.save();
    await run(commands.useGatewayProfile, reference);
    assert.deepEqual([/provider: anthropic-work\n/.test(await onDisk()), await aliases()], [true, ["anthropic-work"]]);
    await run(commands.undoGatewayProfile, reference);
    assert.deepEqual([await onDisk(), await aliases()], [`# typed\n${text}`, []]);
  });

  it("has its agents in the view, though one's file refers to itself, and drawn anew when one looks different", async () => {
    await writeFile(file, `${text}self: &self\n  - *self\n`);
    const subscriptions: vscode.Disposable[] = [];
    const log = { ...silentLogger, show: () => {}, dispose: () => {} };
    const view = { visible: true, onDidChangeVisibility: new vscode.EventEmitter<vscode.TreeViewVisibilityChangeEvent>().event };
    let redraw: () => void = () => {};
    const redrawn = new Promise<void>((resolve) => (redraw = resolve));
    const rows = openAgentRows({ home: aihub, store, log, subscriptions, distribution: "" }, view, () => redraw());
    const labels = async () => (await rows.draw()).map((node) => rows.item(node).label);
    assert.deepEqual(await labels(), ["helper"]);
    await writeFile(file, `${text}name: Helper\n`);
    await touchConfig(aihub);
    await redrawn;
    assert.deepEqual(await labels(), ["Helper"]);
    vscode.Disposable.from(...subscriptions).dispose();
  });

  describe("with a profile of its own", () => {
    beforeEach(async () => void (await useGatewayProfile(aihub, store, "helper")));

    for (const [what, command] of [
      ["undone", commands.undoGatewayProfile],
      ["ended by another auth", commands.setAgentAuth],
    ] as const) {
      it(`is not ${what} while the agent has unsaved changes`, async () => {
        const before = await onDisk();
        const document = await openUnsaved();
        await run(command, reference);
        assert.deepEqual([await onDisk(), document.getText(), await aliases()], [before, `# typed\n${before}`, ["anthropic-work"]]);
        await vscode.commands.executeCommand("workbench.action.files.revert");
        await run(commands.undoGatewayProfile, reference);
        assert.deepEqual([await onDisk(), await aliases()], [text, []]);
      });
    }

    it("has the profiles of the provider that is meant", async () => {
      const document = await openAsOnDisk(file);
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", document.uri, 5000);
      assert.match(lenses[0]?.command?.title ?? "", /^\$\(account\)\swork@example\.com · Connected/);
      const offered = async (text: string) => {
        const position = document.positionAt(document.getText().indexOf(text) + 3);
        const { items } = await vscode.commands.executeCommand<vscode.CompletionList>("vscode.executeCompletionItemProvider", document.uri, position);
        return items.map(({ label }) => (typeof label === "string" ? label : label.label)).filter((label) => label.startsWith("anthropic:"));
      };
      assert.deepEqual(await offered("anthropic:work"), ["anthropic:default", "anthropic:work"]);
      await replaceText(document, "anthropic:work", "anthropic:d");
      assert.deepEqual(await offered("anthropic:d"), ["anthropic:default", "anthropic:work"]);
      await replaceText(document, "anthropic:d", "anthropic:work");
      // That nothing is marked says something only after a look at this very text.
      await replaceText(document, "provider: anthropic-work", "provider: openai-codex");
      await problems(document, ([problem]) => problem?.code === "profile_of_other_provider");
      await replaceText(document, "provider: openai-codex", "provider: anthropic-work");
      await problems(document, (found) => found.length === 0);
      await vscode.commands.executeCommand("workbench.action.files.revert");
      await run(commands.undoGatewayProfile, reference);
    });
  });

  it("is not started a second time where one runs that nobody has looked at yet", async function () {
    this.timeout(120_000);
    const cliPath = () => vscode.workspace.getConfiguration();
    await cliPath().update(settings.cliPath, process.execPath, vscode.ConfigurationTarget.Global);
    await startGateway(process.env as Record<string, string>);
    await run(commands.startGateway);
    assert.deepEqual(vscode.window.terminals.filter(({ name }) => name === "AIHub Gateway"), []);
    await cliPath().update(settings.cliPath, undefined, vscode.ConfigurationTarget.Global);
  });
});
