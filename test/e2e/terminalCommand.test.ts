import assert from "node:assert/strict";
import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { until } from "../support/until";
import { openStage, placeAgents, type Stage } from "./stage";

describe("the aihub command in the editor's terminals", function () {
  let stage: Stage;
  let dataDir: string;

  before(async function () {
    this.timeout(10 * 60_000);
    stage = await openStage({ flavour: "desktop", logs: process.env.AIHUB_TEST_LOGS && join(process.env.AIHUB_TEST_LOGS, "editor-terminal-command") });
    dataDir = join(stage.editor.logsDir, "..", "..");
    await stage.workbench.statusBar.waitForText("aihub.status", "AIHub: not signed in", { timeout: 60_000 });
    await placeAgents(stage);
    await until("the launcher", () => stat(launcher()).then(() => true, () => false));
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await stage.picture(`failed-${this.currentTest.title.replace(/\W+/g, "-")}`);
  });
  after(() => stage?.close());

  const launcher = () => join(dataDir, "data", "User", "globalStorage", "aihub.aihub-vscode", "bin", "aihub");
  const newTerminal = () => stage.workbench.runCommand("Terminal: Create New Terminal");

  it("is there, on the editor's own Node", async () => {
    const { terminals } = stage.workbench;
    await newTerminal();
    await terminals.waitForText(/[$#]\s*$/);
    await terminals.type("aihub agent list\n");
    await terminals.waitForText("pilot · anthropic/claude-sonnet-4-5 · auth not set");
    await terminals.type("command -v aihub; echo [$ELECTRON_RUN_AS_NODE]\n");
    const said = await terminals.waitForText(/^\[\]$/m);
    assert.match(said.replaceAll("\n", ""), new RegExp(launcher().replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));
  });

  it("left the person's shell files alone", async () => {
    const names = await readdir(stage.home.path);
    assert.deepEqual(names.filter((name) => /^\.(?:bash|profile|zsh|config$)/.test(name) && name !== ".bash_history"), []);
    assert.equal((await stat(launcher())).mode & 0o777, 0o755);
    assert.match(await readFile(launcher(), "utf8"), /^#!\/bin\/sh\nELECTRON_RUN_AS_NODE=1 exec '.*' '.*cli\.mjs' "\$@"\n$/);
  });

  it("is gone from new terminals when the person does not want it", async () => {
    const { terminals } = stage.workbench;
    const settings = join(dataDir, "data", "Machine", "settings.json");
    await writeFile(settings, JSON.stringify({ "aihub.terminal.addToPath": false }));
    // The setting has reached the extension when a new terminal does not know the command any more.
    for (let attempt = 1; ; attempt++) {
      await newTerminal();
      // With nothing but its prompt it is the new one: the one before ends in a prompt too.
      await terminals.waitForText(/^[^\n]*[$#]\s*$/);
      await terminals.type("command -v aihub || echo no command, as wished\n");
      const said = await terminals.waitForText(/^(?:no command, as wished|\/.*aihub)$/m);
      if (/^no command, as wished$/m.test(said)) break;
      assert.ok(attempt < 10, "The setting is not honoured");
    }
  });
});
