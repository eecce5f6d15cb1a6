import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createPerson, type Person } from "../support/person";
import { signIn } from "../support/signIn";
import { expireStored } from "../support/storedCredential";
import { runAgent, takesKeys, travellers } from "./journey";
import { openStage, placeAgents, type Stage } from "./stage";

const [pilot, coder, helper] = travellers;

describe("a person who runs agents in the editor's terminals", function () {
  let stage: Stage;
  let person: Person;

  before(async function () {
    this.timeout(10 * 60_000);
    const logs = process.env.AIHUB_TEST_LOGS ? join(process.env.AIHUB_TEST_LOGS, "editor-agents") : undefined;
    stage = await openStage({ flavour: "desktop", logs });
    person = createPerson(stage.sandbox);
    await placeClaudeAgent(await placeAgents(stage));
    await stage.workbench.statusBar.waitForText("aihub.status", "AIHub: not signed in", { timeout: 60_000 });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await stage.picture(`failed-${this.currentTest.title.replace(/\W+/g, "-")}`);
  });
  after(async () => {
    await person?.close();
    await stage?.close();
  });

  const launch = async (name: string) => {
    await stage.workbench.runCommand("AIHub: Launch Agent in Terminal");
    await stage.workbench.quickInput.pick(name);
  };
  const say = async (name: string, question: string) => {
    await stage.workbench.terminals.type(`${question}\n`);
    return stage.workbench.terminals.waitForText(`You said: ${question}`, { name });
  };

  it("reads why an agent cannot start, sees its exit code, and starts it again after signing in", async () => {
    const { workbench } = stage;
    await launch("Pilot");
    await workbench.terminals.waitForText(/There is no way to reach Anthropic yet.*Press Enter to close/s, { name: "Pilot" });
    // Before it ends: the notification with its buttons goes away by itself after some seconds.
    const env = { ...stage.sandbox.env, HOME: stage.home.path };
    for (const { provider } of travellers) assert.equal((await signIn({ person, env }, provider)).code, 0);
    await workbench.terminals.type("\n");
    const told = await workbench.notifications.waitFor("Pilot ended with code 1.");
    assert.deepEqual(told.actions, ["Restart", "Continue Last Session"]);
    await told.click("Restart");
    await workbench.terminals.waitForText(`Pilot · anthropic/${pilot!.agent.model} · ${pilot!.account} · paid by ${pilot!.payer}`, { name: "Pilot" });
    await workbench.terminals.waitForText(takesKeys, { name: "Pilot" });
  });

  it("goes on across an expiry and does not notice", async () => {
    await stage.workbench.terminals.select("Pilot");
    await say("Pilot", "before the expiry");
    const before = stage.sandbox.requests().length;
    stage.sandbox.expireAccessTokens("anthropic");
    await expireStored(stage.home.aihub, "anthropic");
    await say("Pilot", "after the expiry");
    const asked = stage.sandbox.requests().slice(before).filter(({ model }) => model !== undefined);
    assert.deepEqual(asked.map(({ account, status }) => [account, status]), [[pilot!.account, 200]]);
  });

  it("runs agents on the other providers beside it", async () => {
    await runAgent(stage, coder!);
    await runAgent(stage, helper!);
    const names = await stage.workbench.terminals.names();
    assert.deepEqual(names.filter((name) => /Pilot|Coder|Helper/.test(name)).length, 3);
    await stage.picture("agents-in-terminals");
  });

  it("is asked whether to see the one that runs, or to start another one", async () => {
    const { workbench } = stage;
    await launch("Pilot");
    await workbench.quickInput.pick("Show Pilot");
    await workbench.terminals.waitForText("after the expiry");
    await launch("Pilot");
    await workbench.quickInput.pick("Start Another One");
    await workbench.terminals.waitForText(takesKeys, { name: "Pilot (2)" });
    await say("Pilot (2)", "to the second");
    assert.doesNotMatch(await workbench.terminals.text("Pilot (2)"), /after the expiry/);
  });

  it("finds agents in the menu of terminals", async () => {
    const { workbench } = stage;
    await workbench.runCommand("Create New Terminal (With Profile)");
    await workbench.quickInput.pick("AIHub Agent");
    await workbench.quickInput.pick("Coder");
    await workbench.terminals.waitForText(`paid by ${coder!.payer}`, { name: "Coder (2)" });
  });

  it("closes a terminal without being asked anything, and continues its session later", async () => {
    const { workbench } = stage;
    await workbench.terminals.select("Pilot (2)");
    await workbench.runCommand("Terminal: Kill the Active Terminal Instance");
    await workbench.runCommand("AIHub: Continue Agent in Terminal");
    await workbench.quickInput.pick("Pilot");
    await workbench.terminals.waitForText(/You said: to the second/, { name: "Pilot (2)" });
    assert.deepEqual((await workbench.notifications.all()).filter((text) => text.includes("ended with code")), []);
  });

  it("finds in the side bar what each agent can do, and a way to the next agent", async () => {
    const { sideBar, terminals, quickInput } = stage.workbench;
    const toRun = ["Send Message to Agent", "Launch Agent in Terminal", "Continue Agent in Terminal"];
    await sideBar.open("AIHub");
    assert.deepEqual(await sideBar.entriesOfMenu(/^Pilot/), [...toRun, "Set Agent Auth"]);
    assert.deepEqual(await sideBar.entriesOfMenu("Clio"), toRun);
    await sideBar.chooseInMenu("Clio", "Launch Agent in Terminal");
    await terminals.waitForText("The agent clio has only one of model.base_url and model.auth_token.", { name: "Clio" });
    await sideBar.clickInTitle("Agents", "Create Agent");
    await quickInput.waitFor("Its name");
    await stage.picture("agents-in-side-bar");
    await quickInput.cancel();
  });
});

/** An agent of the Claude SDK, which says what is missing before it starts anybody's `claude`. */
async function placeClaudeAgent(file: string): Promise<void> {
  const { agents } = JSON.parse(await readFile(file, "utf8")) as { agents: object[] };
  const clio = { id: "clio", name: "Clio", sdk: "claude", model: { model: "claude-sonnet-4-5", base_url: "http://127.0.0.1:1" } };
  await writeFile(file, JSON.stringify({ agents: [...agents, clio] }));
}
