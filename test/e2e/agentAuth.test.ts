import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkDisk, readNotice, travellers } from "./journey";
import { openStage, placeAgents, type Stage } from "./stage";

const logs = process.env.AIHUB_TEST_LOGS ? join(process.env.AIHUB_TEST_LOGS, "editor-agent-auth") : undefined;
const wanted = { mode: "oauth", profileId: "anthropic:default" };

describe("a person with agents", function () {
  let stage: Stage;
  const [anthropic] = travellers;

  before(async function () {
    this.timeout(10 * 60_000);
    stage = await openStage({ flavour: "desktop", logs });
    await stage.workbench.statusBar.waitForText("aihub.status", "AIHub: not signed in", { timeout: 60_000 });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await stage.picture(`failed-${this.currentTest.title.replace(/\W+/g, "-")}`);
    await stage.workbench.notifications.clear();
  });
  after(() => stage?.close());

  const read = (path: string) => readFile(join(stage.home.aihub, path), "utf8");
  /** The two answers that every way of setting auth asks for. */
  const chooseAda = async (agent: string) => {
    await stage.workbench.quickInput.pick("Sign-in");
    await stage.workbench.quickInput.pick(anthropic!.account);
    await stage.workbench.notifications.waitFor(`${agent} now uses anthropic:default.`);
  };

  it("makes the first one and its config, and signs in on the way", async () => {
    const { workbench } = stage;
    const { quickInput } = workbench;
    await workbench.runCommand("AIHub: Set Agent Profile");
    await (await workbench.notifications.waitFor("aihub.json does not exist")).click("Create Agent");
    await quickInput.waitFor("Its name");
    await quickInput.type("Pilot");
    await quickInput.waitFor("Its id");
    await quickInput.fill("../pilot");
    await quickInput.waitFor("cannot be the id of an agent");
    await quickInput.type("pilot");
    await quickInput.pick(anthropic!.label);
    const page = await workbench.dialogs.openExternalAndGetPage(async () => {
      await quickInput.pick(/Sign in to Anthropic…$/);
      await readNotice(stage);
    });
    await page.click("#authorize");
    await page.getByRole("heading", { name: "Signed in to Anthropic" }).waitFor();
    await page.close();
    await workbench.page.bringToFront();
    await quickInput.waitFor("Model");
    await quickInput.pick("claude-sonnet-4-5");
    await quickInput.pick("workspace");
    const told = await workbench.notifications.waitFor("Created Pilot in agent.yaml.");
    assert.deepEqual(told.actions.filter((action) => action === "Launch"), ["Launch"]);
    await checkDisk(stage, anthropic!);
    assert.deepEqual(JSON.parse(await read("aihub.json")), { version: 3, agents: "./agents/*" });
    const yaml = await read("agents/pilot/agent.yaml");
    assert.equal(yaml, "id: pilot\nname: Pilot\nworkspace: ~/workspace\nmodel:\n  provider: anthropic\n  model: claude-sonnet-4-5\nauth:\n  mode: oauth\n  profileId: anthropic:default\n");
    await workbench.textEditor.waitForLens(/ada@example\.com · Connected, renews .*Change…/);
    await stage.picture("agents-1-created");
  });

  it("launches it", async () => {
    const { workbench } = stage;
    await workbench.runCommand("AIHub: Launch Agent in Terminal");
    await workbench.quickInput.pick("Pilot");
    await workbench.terminals.waitForText("Pilot · anthropic/claude-sonnet-4-5 · ada@example.com · paid by your Claude subscription", { name: "Pilot" });
    await workbench.runCommand("Terminal: Kill All Terminals");
  });

  describe("that has a folder of its own", () => {
    it("removes the auth and sets it again in the palette, and the file is what it was", async () => {
      const { workbench } = stage;
      const before = await read("agents/pilot/agent.yaml");
      await workbench.runCommand("AIHub: Set Agent Auth");
      await workbench.quickInput.pick("Pilot");
      await workbench.quickInput.pick(/Remove$/);
      await workbench.notifications.waitFor("Pilot now uses whatever is signed in or set.");
      assert.equal(await read("agents/pilot/agent.yaml"), before.slice(0, before.indexOf("auth:")));
      await workbench.runCommand("AIHub: Set Agent Auth");
      await workbench.quickInput.pick("Pilot");
      await chooseAda("Pilot");
      assert.equal(await read("agents/pilot/agent.yaml"), before);
    });

    it("sets the auth in the file, from what stands above the agent", async () => {
      const { workbench } = stage;
      const before = await read("agents/pilot/agent.yaml");
      await writeFile(join(stage.home.aihub, "agents/pilot/agent.yaml"), before.slice(0, before.indexOf("auth:")));
      await workbench.openFile(join(stage.home.aihub, "agents/pilot/agent.yaml"));
      await workbench.textEditor.clickLens("Auth not set", "Change…");
      await chooseAda("Pilot");
      assert.equal(await read("agents/pilot/agent.yaml"), before);
      await workbench.textEditor.waitForLens("ada@example.com");
    });
  });

  describe("in one file with others", () => {
    let file: string;
    before(async () => {
      await rm(join(stage.home.aihub, "agents"), { recursive: true });
      file = await placeAgents(stage);
    });
    const authOf = async (id: string) => (JSON.parse(await readFile(file, "utf8")) as { agents: { id: string; auth?: unknown }[] }).agents.find((each) => each.id === id)?.auth;

    it("sets the auth in the palette", async () => {
      await stage.workbench.runCommand("AIHub: Set Agent Auth");
      await stage.workbench.quickInput.pick("Pilot");
      await chooseAda("Pilot");
      assert.deepEqual(await authOf("pilot"), wanted);
    });

    it("sets the auth in the file, from what stands above the agent", async () => {
      const { workbench } = stage;
      const before = await readFile(file, "utf8");
      await placeAgents(stage);
      await workbench.openFile(file);
      await workbench.textEditor.clickLens("Auth not set", "Change…");
      await chooseAda("Pilot");
      assert.equal(await readFile(file, "utf8"), before);
      await workbench.textEditor.waitForLens(/ada@example\.com · Connected, renews .*Change…/);
    });

    it("sees what is wrong in a file that is not saved, and mends it there", async () => {
      const { workbench } = stage;
      const before = await readFile(file, "utf8");
      await workbench.textEditor.replace("anthropic:default", "anthropic:defualt");
      await workbench.textEditor.waitForMark("error");
      await workbench.textEditor.waitForLens(/anthropic:defualt \(no such profile\).*Sign in….*Change…/);
      await stage.picture("agents-2-unknown-profile");
      await workbench.textEditor.quickFix("anthropic:defualt", "Choose another profile…");
      await workbench.quickInput.pick(anthropic!.account);
      await workbench.notifications.waitFor("Pilot now uses anthropic:default. Save aihub.json for it to take effect.");
      assert.ok(await workbench.textEditor.isDirty());
      assert.equal(await workbench.editorText(), before);
      await workbench.textEditor.save();
      assert.equal(await readFile(file, "utf8"), before);
    });

    it("sees above it that a sign-out left it without an account, and the way back", async () => {
      const { workbench } = stage;
      await workbench.runCommand("AIHub: Logout");
      await workbench.quickInput.pick(anthropic!.account);
      await workbench.notifications.waitFor(`Signed out of ${anthropic!.account}.`);
      const lens = await workbench.textEditor.waitForLens(/anthropic:default.*Sign in….*Change…/);
      await stage.picture("agents-3-signed-out");
      const page = await workbench.dialogs.openExternalAndGetPage(() => workbench.textEditor.clickLens(lens, "Sign in…"));
      await page.click("#authorize");
      await page.getByRole("heading", { name: "Signed in to Anthropic" }).waitFor();
      await page.close();
      await workbench.page.bringToFront();
      await workbench.textEditor.waitForLens(/ada@example\.com · Connected, renews .*Change…/);
      assert.deepEqual(await authOf("pilot"), wanted);
    });
  });
});
