import assert from "node:assert/strict";
import { placeAgents } from "../../support/agentsFile";
import { ask, launchAgent, typeQuestion } from "../../support/agentTerminal";
import { arrival } from "../../support/arrival";
import { hasTerminals, runCli, type CliRun } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { skipBecause } from "../../support/skipBecause";
import { expireStored } from "../../support/storedCredential";
import { useSandbox } from "../../support/useSandbox";

describe("an agent that runs on while its sign-in changes", () => {
  const scene = useSandbox();
  const running: CliRun[] = [];

  before(async function () {
    if (!hasTerminals()) skipBecause(this, "there is no util-linux script here, which opens a terminal");
    await placeAgents(scene.home, [
      { id: "pilot", model: { provider: "anthropic", model: "claude-sonnet-4-5" }, auth: { mode: "oauth", profileId: "anthropic:default" } },
      { id: "second", model: { provider: "anthropic", model: "claude-sonnet-4-5" }, auth: { mode: "oauth", profileId: "anthropic:grace@example.com" } },
      { id: "codex", model: { provider: "openai-codex", model: "gpt-5.4" }, auth: { mode: "oauth", profileId: "openai-codex:default" } },
    ]);
    await signIn(scene, "anthropic");
    scene.sandbox.signIn("anthropic", { email: "grace@example.com" });
    await signIn(scene, "anthropic");
    scene.sandbox.signIn("anthropic", { email: "ada@example.com" });
    await signIn(scene, "openai-codex");
    scene.sandbox.signIn("openai", { email: "ada@example.com" });
    await signIn(scene, "openai-codex");
  });
  afterEach(() => {
    for (const { child } of running.splice(0)) child.kill("SIGKILL");
    scene.sandbox.clearFaults();
    assert.equal(scene.sandbox.reuseDetected(), 0);
  });

  const launch = async (agent: string) => {
    // Node 20 has no WebSocket by itself; the editor's Node has.
    const terminal = await launchAgent(scene, agent, { NODE_OPTIONS: "--experimental-websocket" });
    running.push(terminal);
    return terminal;
  };
  /** Asks, and gives what waits for the request to be at the vendor's. */
  const begin = async (terminal: CliRun, question: string, path = "/v1/messages") => {
    const before = scene.sandbox.requests().length;
    await typeQuestion(terminal, question);
    return () => arrival(scene.sandbox, path, before);
  };
  /** Between the two, the terminal is told of colours and links. */
  const answerOf = (account: string, question: string) => new RegExp(`${account}@example\\.com.{0,80}You said: ${question}`, "s");
  const modelRequests = () => scene.sandbox.requests().filter(({ path }) => path === "/v1/messages").map(({ account, status }) => `${account} ${status}`);
  const setProfile = (agent: string, profile: string) => runCli(["agent", "set-auth", agent, "--profile", profile], scene.env);

  it("goes on across one expiry after the other, and does not notice", async () => {
    const terminal = await launch("pilot");
    const before = modelRequests().length;
    const refreshes = () => scene.sandbox.requests().filter(({ grantType }) => grantType === "refresh_token").length;
    const refreshed = refreshes();
    for (const round of [1, 2, 3, 4]) {
      scene.sandbox.expireAccessTokens("anthropic");
      await expireStored(scene.home.aihub, "anthropic");
      await ask(terminal, `round${round}x`, answerOf("ada", `round${round}x`));
    }
    assert.deepEqual(modelRequests().slice(before), Array.from({ length: 4 }, () => "ada@example.com 200"));
    assert.equal(refreshes() - refreshed, 4);
  });

  it("renews a token that the vendor refuses before its time, and asks again by itself", async () => {
    const terminal = await launch("pilot");
    const before = modelRequests().length;
    scene.sandbox.expireAccessTokens("anthropic");
    await ask(terminal, "earlyx", answerOf("ada", "earlyx"));
    assert.deepEqual(modelRequests().slice(before), ["ada@example.com 401", "ada@example.com 200"]);
  });

  for (const [agent, provider, host, path, [first, other]] of [
    ["pilot", "anthropic", "api.anthropic.com", "/v1/messages", ["ada", "grace"]],
    ["codex", "openai-codex", "chatgpt.com", "/backend-api/codex/responses", ["grace", "ada"]],
  ] as const) {
    it(`is on another account of ${provider} with the next request, when it is set to it between requests or while one streams`, async () => {
      const terminal = await launch(agent);
      await ask(terminal, "firstx", answerOf(first, "firstx"));
      assert.equal((await setProfile(agent, `${provider}:${other}@example.com`)).code, 0);
      await ask(terminal, "secondx", answerOf(other, "secondx"));
      scene.sandbox.addFault({ host, kind: "latency", ms: 1500 });
      const arrived = await begin(terminal, "thirdx", path);
      await arrived();
      assert.equal((await setProfile(agent, `${provider}:default`)).code, 0);
      await terminal.output(answerOf(other, "thirdx"));
      await ask(terminal, "fourthx", answerOf(first, "fourthx"));
      const asked = scene.sandbox.requests().filter((request) => request.host === host && request.path === path);
      // A connection that stays open would stay with its account.
      assert.deepEqual(asked.filter(({ method }) => method !== "POST"), []);
    });
  }

  it("runs beside one on another account of the provider", async () => {
    const [pilot, second] = [await launch("pilot"), await launch("second")];
    scene.sandbox.expireAccessTokens("anthropic");
    await expireStored(scene.home.aihub, "anthropic");
    await expireStored(scene.home.aihub, "anthropic:grace@example.com");
    await Promise.all([ask(pilot, "besidex", answerOf("ada", "besidex")), ask(second, "besidey", answerOf("grace", "besidey"))]);
  });

  it("finishes what streams when it is signed out, and then has no key, until there is a sign-in again", async () => {
    const terminal = await launch("pilot");
    scene.sandbox.addFault({ host: "api.anthropic.com", kind: "latency", ms: 1500 });
    const arrived = await begin(terminal, "lastx");
    await arrived();
    assert.equal((await runCli(["auth", "logout", "anthropic:default", "--yes"], scene.env)).code, 0);
    await terminal.output(answerOf("ada", "lastx"));
    const before = modelRequests().length;
    await ask(terminal, "nonex", /no profile “anthropic:default”|Nobody is signed in to Anthropic/);
    assert.equal(modelRequests().length, before);
    assert.equal((await signIn(scene, "anthropic")).code, 0);
    await ask(terminal, "againx", answerOf("ada", "againx"));
  });
});
