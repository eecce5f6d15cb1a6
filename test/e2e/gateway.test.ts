import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { freePort, placeGatewayCli, runInGateway } from "../support/gateway";
import { setAgentAuth, signIn, travellers } from "./journey";
import { openStage, placeAgents, type Stage } from "./stage";
import { oauthFile } from "../support/storedCredential";
import { until } from "../support/until";

const logs = process.env.AIHUB_TEST_LOGS ? join(process.env.AIHUB_TEST_LOGS, "editor-gateway") : undefined;

describe("a person with a gateway", function () {
  let stage: Stage;
  let commands: string;
  let url: string;
  let config: string;
  const ada = travellers[0]!;

  before(async function () {
    this.timeout(10 * 60_000);
    commands = await mkdtemp(join(tmpdir(), "aihub-commands-"));
    await placeGatewayCli(commands);
    stage = await openStage({ flavour: "desktop", logs, settings: { "aihub.cliPath": join(commands, "aihub") } });
    config = join(stage.home.aihub, "aihub.json");
    const workspace = join(stage.home.path, "workspace");
    const agents = travellers.map(({ agent, provider }) => ({ id: agent.id, name: agent.name, workspace, model: { provider, model: agent.model } }));
    await mkdir(stage.home.aihub, { recursive: true, mode: 0o700 });
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await writeFile(config, `${JSON.stringify({ agents, gateway: { port } }, null, 2)}\n`);
    await stage.workbench.statusBar.waitForText("aihub.status", "AIHub: not signed in", { timeout: 60_000 });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await stage.picture(`failed-${this.currentTest.title.replace(/\W+/g, "-")}`);
  });
  after(async () => {
    await stage?.close();
    await rm(commands, { recursive: true, force: true });
  });

  const run = (agent: string) => runInGateway(url, agent, "Hi");
  const lastModelRequest = () => stage.sandbox.requests().filter(({ model }) => model !== undefined).at(-1);
  /** Through the gateway or not: the answer stands in the agent's channel. */
  const sendMessage = async (text: string) => {
    const { workbench } = stage;
    await workbench.runCommand("AIHub: Send Message to Agent");
    await workbench.quickInput.pick(ada.agent.name);
    await workbench.quickInput.waitFor(`Message to ${ada.agent.name}`);
    await workbench.quickInput.type(text);
    const answer = `Hello from ${ada.agent.model}, ${ada.account}. You said: ${text}`;
    await workbench.page.locator(".part.panel .view-lines", { hasText: new RegExp(answer.replaceAll(/\s/g, "\\s").replaceAll("?", "\\?")) }).waitFor({ timeout: 60_000 });
  };

  /** What an agent's row offers about its account on the gateway, as soon as it is drawn so. */
  const offersInRow = (agent: string, ...wanted: string[]) =>
    until(`${agent} with ${String(wanted)}`, async () => {
      const offered = await stage.workbench.sideBar.entriesOfMenu(agent);
      return isDeepStrictEqual(offered.filter((entry) => entry.includes("Gateway")), wanted);
    });

  it("signs in, and sees account and agents in the side bar", async () => {
    await signIn(stage, ada);
    await stage.workbench.sideBar.open("AIHub");
    await stage.workbench.sideBar.waitForRow(/ada@example\.com Connected, renews/);
    await stage.workbench.sideBar.waitForRow("OpenAI (ChatGPT Plus/Pro) not signed in");
    await stage.workbench.sideBar.waitForRow("Pilot Auth not set");
    await stage.workbench.sideBar.waitForRow("Coder Auth not set");
  });

  it("has an agent answer without a gateway, in a process of the extension", () => sendMessage("Are you alone?"));

  it("starts the gateway: its run carries the account's token, and the view shows who works", async () => {
    await stage.workbench.runCommand("AIHub: Start Gateway");
    await stage.workbench.terminals.waitForText("Starting gateway server", { name: "AIHub Gateway" });
    await stage.workbench.sideBar.waitForRow("Pilot idle · Auth not set", { timeout: 60_000 });
    stage.sandbox.addFault({ host: "api.anthropic.com", path: "/v1/messages", kind: "latency", ms: 3000 });
    const answer = run("pilot");
    await stage.workbench.sideBar.waitForRow("Pilot streaming · Auth not set");
    await stage.picture("gateway-streaming");
    assert.ok("text" in (await answer));
    await stage.workbench.sideBar.waitForRow("Pilot idle · Auth not set");
    assert.equal(lastModelRequest()?.account, ada.account);
  });

  it("has an agent answer through the gateway", async () => {
    stage.sandbox.addFault({ host: "api.anthropic.com", path: "/v1/messages", kind: "latency", ms: 3000 });
    const answered = sendMessage("Who is there?");
    // An agent that ran here would not work there.
    await stage.workbench.sideBar.waitForRow("Pilot streaming · Auth not set");
    await answered;
    await stage.picture("gateway-answer");
  });

  it("sets auth for an agent of aihub.json, and the gateway runs on", async () => {
    await setAgentAuth(stage, ada, config);
    await stage.workbench.sideBar.waitForRow("Pilot idle · ada@example.com");
    assert.ok("text" in (await run("pilot")));
    assert.equal(lastModelRequest()?.account, ada.account);
  });

  it("sets auth for an agent in a folder of its own, from its row, and the gateway takes it up", async () => {
    const { workbench, home } = stage;
    const folder = join(home.aihub, "agents", "scout");
    await mkdir(folder, { recursive: true });
    const text = "# finds the way\nid: scout\nname: Scout\nmodel:\n  provider: anthropic\n  model: claude-sonnet-4-5\n";
    await writeFile(join(folder, "agent.yaml"), text);
    const { gateway: section } = JSON.parse(await readFile(config, "utf8")) as { gateway: unknown };
    await writeFile(config, JSON.stringify({ version: 3, agents: "./agents/*", gateway: section }));
    await workbench.sideBar.waitForRow(/^Scout/);
    await workbench.sideBar.chooseInMenu("Scout", "Set Agent Auth");
    await workbench.quickInput.pick("Sign-in");
    await workbench.quickInput.pick(ada.account);
    await workbench.notifications.waitFor("Scout now uses anthropic:default.");
    assert.equal(await readFile(join(folder, "agent.yaml"), "utf8"), `${text}auth:\n  mode: oauth\n  profileId: anthropic:default\n`);
    assert.ok("text" in (await run("scout")));
    assert.equal(lastModelRequest()?.account, ada.account);
  });

  it("gives an agent a second account, and the gateway runs it on that one", async () => {
    const { workbench, home } = stage;
    stage.sandbox.signIn("anthropic", { email: "grace@example.com" });
    await signIn(stage, { ...ada, account: "grace@example.com" });
    await offersInRow("Scout");
    await workbench.sideBar.chooseInMenu("Scout", "Set Agent Auth");
    await workbench.quickInput.pick("Sign-in");
    await workbench.quickInput.pick("grace@example.com");
    const offer = await workbench.notifications.waitFor("The gateway knows one account of a provider");
    await stage.picture("gateway-second-account");
    await offer.click("Use Profile on Gateway");
    await workbench.notifications.waitFor("now runs on anthropic:grace@example.com");
    await workbench.sideBar.waitForRow("Scout idle · grace@example.com");
    await until("a run on the second account", async () => JSON.stringify(await run("scout")).includes("grace@example.com"));
    const file = join(home.aihub, "agents", "scout", "agent.yaml");
    assert.match(await readFile(file, "utf8"), /provider: anthropic-grace-example\.com\n/);
    await offersInRow("Scout", "Undo Gateway Profile");
    await workbench.sideBar.chooseInMenu("Scout", "Undo Gateway Profile");
    await workbench.notifications.waitFor("Scout is as it was before.");
    assert.match(await readFile(file, "utf8"), /provider: anthropic\n/);
    await offersInRow("Scout", "Use Profile on Gateway");
    await workbench.sideBar.chooseInMenu("grace@example.com", "Logout");
    await workbench.notifications.waitFor("Signed out of grace@example.com.");
    // A command from a menu does not know its row while the view is drawn anew.
    await until("the view without grace", async () => !(await workbench.sideBar.rows()).some((row) => row.startsWith("grace@example.com")));
  });

  it("signs out in the side bar, and the gateway has nothing left", async () => {
    await stage.workbench.sideBar.chooseInMenu(ada.account, "Logout");
    await stage.workbench.notifications.waitFor(`Signed out of ${ada.account}.`);
    await stage.workbench.sideBar.waitForRow("Anthropic (Claude Pro/Max) not signed in");
    // The gateway's copy follows the store; the sign-out does not wait for it.
    await until("a run that has no credentials", async () => {
      const answer = await run("scout");
      return "error" in answer && answer.error.includes("Run 'aihub auth login'");
    });
    assert.equal(stage.sandbox.reuseDetected(), 0);
  });
});

describe("a person whose gateway cannot be reached for a reason of theirs, with a sign-in of another program", function () {
  let stage: Stage;

  before(async function () {
    this.timeout(10 * 60_000);
    stage = await openStage({ flavour: "desktop", settings: { "aihub.gateway.url": "localhost" } });
    await placeAgents(stage);
    await stage.workbench.statusBar.waitForText("aihub.status", "AIHub: not signed in", { timeout: 60_000 });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await stage.picture(`failed-${this.currentTest.title.replace(/\W+/g, "-")}`);
  });
  after(() => stage?.close());

  it("reads it above the agents", async () => {
    await stage.workbench.sideBar.open("AIHub");
    await stage.workbench.sideBar.waitForRow(/The setting aihub\.gateway\.url, “localhost”, is not an address/);
    await stage.workbench.sideBar.waitForRow("Pilot Auth not set");
  });

  it("reads when the next account renews, and that the other's owner has to", async () => {
    const { statusBar, sideBar } = stage.workbench;
    const borrowedFrom = join(stage.home.path, ".pi", "agent", "auth.json");
    const credential = (email: string, hours: number) => ({ type: "oauth", access: "not-a-token", refresh: "not-a-refresh-token", expires: Date.now() + hours * 3_600_000, email });
    const store = (credentials: object) => writeFile(oauthFile(stage.home.aihub), JSON.stringify(credentials), { mode: 0o600 });
    await mkdir(dirname(oauthFile(stage.home.aihub)), { recursive: true, mode: 0o700 });
    await store({ "openai-codex": { ...credential("grace@example.com", 5), borrowedFrom } });
    await statusBar.waitForText("aihub.status", "AIHub: holds for 5 h");
    const expired = { ...credential("grace@example.com", -1), borrowedFrom };
    await store({ "openai-codex": expired });
    await statusBar.waitForText("aihub.status", "AIHub: expired");
    await store({ "openai-codex": expired, anthropic: credential("ada@example.com", 8) });
    await statusBar.waitForText("aihub.status", "AIHub: renews in 8 h");
    await sideBar.waitForRow("grace@example.com Expired, renewed only by its owner");
    await stage.picture("expired-at-its-owner");
  });
});
