import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { storedCredentials } from "../support/storedCredential";
import { until } from "../support/until";
import { checkAccountsMenu, checkDisk, checkStatusBar, openSignInPage, runAgent, setAgentAuth, signIn, travellers } from "./journey";
import { openStage, placeAgents, type Stage } from "./stage";

const logs = (name: string) => (process.env.AIHUB_TEST_LOGS ? join(process.env.AIHUB_TEST_LOGS, name) : undefined);

describe("a person at a desktop", function () {
  let stage: Stage;
  let configFile: string;

  before(async function () {
    this.timeout(10 * 60_000);
    stage = await openStage({ flavour: "desktop", logs: logs("editor-desktop") });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await stage.picture(`failed-${this.currentTest.title.replace(/\W+/g, "-")}`);
  });
  after(() => stage?.close());

  it("sees that nobody is signed in, and what to do about a missing config", async () => {
    await stage.workbench.statusBar.waitForText("aihub.status", "AIHub: not signed in", { timeout: 60_000 });
    await stage.workbench.runCommand("AIHub: Set Agent Auth");
    const told = await stage.workbench.notifications.waitFor("aihub.json does not exist");
    assert.ok(told.actions.includes("Create Agent"), told.actions.join(", "));
    await told.dismiss();
    configFile = await placeAgents(stage);
  });

  it("is told why, when access was denied, and nothing is stored", async () => {
    const page = await openSignInPage(stage, travellers[0]!);
    await page.click("#deny");
    await page.getByRole("heading", { name: "Not signed in to Anthropic" }).waitFor();
    await page.close();
    const told = await stage.workbench.notifications.waitFor("did not grant access");
    await told.dismiss();
    await assert.rejects(readFile(join(stage.home.aihub, "credentials", "oauth.json")), { code: "ENOENT" });
  });

  for (const traveller of travellers) {
    describe(`with ${traveller.label}`, () => {
      it("signs in", () => signIn(stage, traveller));
      it("has the tokens and the profile on disk", () => checkDisk(stage, traveller));
      it("stands in the Accounts menu", () => checkAccountsMenu(stage, traveller));
      it("reads in the status bar when it renews", () => checkStatusBar(stage, traveller));
      it("sets an agent's auth", () => setAgentAuth(stage, traveller, configFile));
      it("runs the agent in a terminal, on this account", () => runAgent(stage, traveller));
    });
  }

  describe("in the end", () => {
    it("signs out in the Accounts menu, and a running agent has no key any more", async () => {
      const [ada] = travellers;
      await stage.workbench.accountsMenu.choose(`${ada!.account} (${ada!.label})`, "Sign Out");
      await (await stage.workbench.dialogs.waitFor(ada!.account)).click("Sign Out");
      // The dialog is gone before the account is; a question that comes between is rightly answered.
      await until("the sign-out is stored", async () => !("anthropic" in (await storedCredentials(stage.home.aihub))));
      await stage.workbench.terminals.select("Pilot");
      await stage.workbench.terminals.type("Are you still there?\n");
      await stage.workbench.terminals.waitForText(/Nobody is signed in to Anthropic|no profile “anthropic:default”/, { name: "Pilot" });
      const stored = JSON.parse(await readFile(join(stage.home.aihub, "credentials", "oauth.json"), "utf8")) as Record<string, unknown>;
      assert.deepEqual(Object.keys(stored).sort(), ["github-copilot", "openai-codex"]);
      await stage.picture("signed-out");
    });
  });
});
