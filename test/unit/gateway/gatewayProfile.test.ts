import assert from "node:assert/strict";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { goneAgents, leaveGatewayProfile, useGatewayProfile } from "../../../src/gateway/gatewayProfile";
import { runCli } from "../../support/cli";
import { skipBecause } from "../../support/skipBecause";
import { mountSmallDisk } from "../../support/smallDisk";
import { signIn } from "../../support/signIn";
import { storedCredentials } from "../../support/storedCredential";
import { until } from "../../support/until";
import { openStore, useMirrorScene } from "./mirrorScene";

describe("a second account on the gateway", function () {
  this.timeout(120_000);
  const scene = useMirrorScene();
  const grace = "anthropic:grace@example.com";
  const models = () => join(scene.home.aihub, "models.json");
  const config = () => join(scene.home.aihub, "aihub.json");
  let text: string;
  let keptConfig: string;

  before(async () => {
    keptConfig = await readFile(config(), "utf8");
  });
  beforeEach(async () => {
    scene.sandbox.signIn("anthropic", { email: "grace@example.com" });
    await signIn(scene, "anthropic");
    const { agents, gateway } = JSON.parse(keptConfig) as { agents: unknown[]; gateway: unknown };
    const twin = { id: "twin", name: "Twin", model: { provider: "anthropic", model: "claude-sonnet-4-5" }, auth: { mode: "oauth", profileId: grace } };
    const short = { id: "short", model: { model: "anthropic/claude-sonnet-4-5" }, auth: { profileId: grace } };
    text = `${JSON.stringify({ gateway, agents: [...agents, twin, short] }, null, 3)}\n`;
    await writeFile(config(), text);
  });
  afterEach(() => assert.equal(scene.sandbox.reuseDetected(), 0));

  const answers = async (agent: string, account: string) => {
    const gateway = await scene.gateway();
    let last = "";
    // The gateway looks at its files now and then.
    await until(`${agent} on ${account}`, async () => (last = JSON.stringify(await gateway.run(agent, "Hi"))).includes(account)).catch((error: unknown) => {
      throw new Error(last, { cause: error });
    });
  };

  it("is not used without an alias: the gateway runs every agent on the first", () => answers("twin", "ada@example.com"));

  it("gets none where the gateway uses the account anyway, and nothing is written", async () => {
    const edited = text.replaceAll(grace, "anthropic:default");
    await writeFile(config(), edited);
    await assert.rejects(useGatewayProfile(scene.home.aihub, openStore(scene.home.aihub), "twin"), { code: "alias_not_needed" });
    assert.equal(await readFile(config(), "utf8"), edited);
    assert.deepEqual(Object.keys(await scene.entries()), ["anthropic"]);
    assert.ok(!(await readdir(scene.home.aihub)).includes("models.json"));
  });

  it("is used through one, beside the first, and everything is as before when it is undone", async () => {
    const store = openStore(scene.home.aihub);
    assert.equal(await useGatewayProfile(scene.home.aihub, store, "twin"), "anthropic-grace-example.com");
    await answers("twin", "grace@example.com");
    await answers("pilot", "ada@example.com");
    assert.equal((await scene.entries())["anthropic-grace-example.com"]?.type, "api_key");

    assert.equal(await useGatewayProfile(scene.home.aihub, store, "short"), "anthropic-grace-example.com");
    await answers("short", "grace@example.com");
    await leaveGatewayProfile(scene.home.aihub, store, "twin");
    await answers("twin", "ada@example.com");
    await answers("short", "grace@example.com");
    await leaveGatewayProfile(scene.home.aihub, store, "short");
    assert.equal(await readFile(config(), "utf8"), text);
    assert.deepEqual(Object.keys(await scene.entries()), ["anthropic"]);
    assert.ok(!(await readdir(scene.home.aihub)).includes("models.json"));
  });

  it("has a fresh key after every renewal, whoever renews", async () => {
    await useGatewayProfile(scene.home.aihub, openStore(scene.home.aihub), "twin");
    const before = (await scene.entries())["anthropic-grace-example.com"]?.key;
    await scene.expireEverywhere();
    const token = await scene.aihub("auth", "token", grace);
    assert.notEqual(token, before);
    assert.equal((await scene.entries())["anthropic-grace-example.com"]?.key, token);
    await answers("twin", "grace@example.com");
  });

  it("loses its key with the sign-out", async () => {
    await useGatewayProfile(scene.home.aihub, openStore(scene.home.aihub), "twin");
    await scene.aihub("auth", "logout", grace, "--yes");
    assert.deepEqual(Object.keys(await scene.entries()), ["anthropic"]);
  });

  it("leaves what a person has in models.json, comments too", async () => {
    const own = '{\n  // mine\n  "providers": {\n    "local": { "baseUrl": "http://127.0.0.1:1/v1", "api": "openai-completions", "apiKey": "none", "models": [{ "id": "m" }] },\n  }\n}\n';
    await writeFile(models(), own);
    const store = openStore(scene.home.aihub);
    await useGatewayProfile(scene.home.aihub, store, "twin");
    assert.ok((await readFile(models(), "utf8")).includes("// mine"));
    await answers("twin", "grace@example.com");
    await leaveGatewayProfile(scene.home.aihub, store, "twin");
    assert.equal(await readFile(models(), "utf8"), own);
  });

  it("leaves no trace in an agent's own file (version 3)", async () => {
    const file = join(scene.home.aihub, "agents", "twin", "agent.yaml");
    const { gateway } = JSON.parse(keptConfig) as { gateway: unknown };
    const yaml = `id: twin\nmodel: # whose\n  provider: 'anthropic' # theirs\n  model: "claude-sonnet-4-5"\nauth: {profileId: ${grace}}   # second\n`;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, yaml);
    await writeFile(config(), JSON.stringify({ version: 3, agents: "./agents/*", gateway }));
    const store = openStore(scene.home.aihub);
    await useGatewayProfile(scene.home.aihub, store, "twin");
    await answers("twin", "grace@example.com");
    await leaveGatewayProfile(scene.home.aihub, store, "twin");
    assert.equal(await readFile(file, "utf8"), yaml);
  });

  describe("leaves nothing of an alias behind", () => {
    const nothingLeft = async () => {
      const store = openStore(scene.home.aihub);
      await store.sync();
      assert.deepEqual(Object.keys(await scene.entries()), ["anthropic"]);
      assert.ok(!(await readdir(scene.home.aihub)).includes("models.json"));
      assert.deepEqual((await store.read()).index.mirror?.aliases ?? {}, {});
    };
    const withTwin = async (change: (twin: { model: { provider?: string }; auth: { mode?: string; profileId?: string } }) => void) => {
      const value = JSON.parse(await readFile(config(), "utf8")) as { agents: { id: string; model: { provider?: string }; auth: { mode?: string } }[] };
      change(value.agents.find(({ id }) => id === "twin")!);
      await writeFile(config(), JSON.stringify(value));
    };

    it("where the agent's file cannot be edited in place", async () => {
      const file = join(scene.home.aihub, "agents", "twin", "agent.yaml");
      const yaml = `id: twin\nbase: &m {provider: anthropic, model: claude-sonnet-4-5}\nmodel: *m\nauth: {mode: oauth, profileId: ${grace}}\n`;
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, yaml);
      await writeFile(config(), JSON.stringify({ version: 3, agents: "./agents/*" }));
      await assert.rejects(useGatewayProfile(scene.home.aihub, openStore(scene.home.aihub), "twin"), { code: "config_invalid" });
      assert.equal(await readFile(file, "utf8"), yaml);
      await nothingLeft();
    });

    it("where the agent's file cannot be written", async function () {
      const disk = await mountSmallDisk(join(scene.home.path, "disk"));
      if (!disk) return skipBecause(this, "mounting a file system is not permitted here");
      try {
        const file = join(disk.path, "twin", "agent.yaml");
        await mkdir(dirname(file));
        await writeFile(file, `id: twin\nmodel: {provider: anthropic, model: claude-sonnet-4-5}\nauth: {profileId: ${grace}}\n`);
        await writeFile(config(), JSON.stringify({ version: 3, agents: `${disk.path}/*` }));
        await disk.setWritable(false);
        await assert.rejects(useGatewayProfile(scene.home.aihub, openStore(scene.home.aihub), "twin"), { code: "store_not_writable" });
      } finally {
        await disk.remove();
      }
      await nothingLeft();
    });

    it("when it is undone for an agent that a person has taken off it", async () => {
      const store = openStore(scene.home.aihub);
      await useGatewayProfile(scene.home.aihub, store, "twin");
      await withTwin(({ model, auth }) => {
        model.provider = "anthropic";
        auth.mode = "oauth";
      });
      const edited = await readFile(config(), "utf8");
      await leaveGatewayProfile(scene.home.aihub, store, "twin");
      assert.equal(await readFile(config(), "utf8"), edited);
      await nothingLeft();
    });

    it("when it is undone for an agent that is gone", async () => {
      const store = openStore(scene.home.aihub);
      await useGatewayProfile(scene.home.aihub, store, "twin");
      assert.deepEqual(await goneAgents(scene.home.aihub, await store.read()), []);
      await writeFile(config(), keptConfig);
      assert.deepEqual(await goneAgents(scene.home.aihub, await store.read()), [{ id: "twin", profile: grace }]);
      await leaveGatewayProfile(scene.home.aihub, store, "twin");
      await nothingLeft();
    });

    it("when the agent gets one for another account", async () => {
      scene.sandbox.signIn("anthropic", { email: "eve@example.com" });
      await signIn(scene, "anthropic");
      const store = openStore(scene.home.aihub);
      await useGatewayProfile(scene.home.aihub, store, "twin");
      await withTwin(({ model, auth }) => {
        model.provider = "anthropic";
        Object.assign(auth, { mode: "oauth", profileId: "anthropic:eve@example.com" });
      });
      await useGatewayProfile(scene.home.aihub, store, "twin");
      assert.deepEqual(Object.keys(await scene.entries()), ["anthropic", "anthropic-eve-example.com"]);
      await leaveGatewayProfile(scene.home.aihub, store, "twin");
      await nothingLeft();
    });
  });

  it("is the same account for the command line, which undoes it when it sets auth anew", async () => {
    await useGatewayProfile(scene.home.aihub, openStore(scene.home.aihub), "twin");
    const { stdout } = await runCli(["send", "-a", "twin", "-m", "Hi"], { ...scene.env });
    assert.match(stdout, /grace@example\.com/);
    await scene.aihub("agent", "set-auth", "twin", "--mode", "oauth", "--profile", "anthropic:default");
    assert.equal(await readFile(config(), "utf8"), text.replace(`"mode": "oauth",\n            "profileId": "${grace}"`, '"mode": "oauth",\n            "profileId": "anthropic:default"'));
    assert.deepEqual(Object.keys(await scene.entries()), ["anthropic"]);
  });

  it("of OpenAI works as well, of GitHub Copilot it does not, and an agent without one is told so", async () => {
    for (const email of ["first@example.com", "second@example.com"]) {
      scene.sandbox.signIn("openai", { email });
      await signIn(scene, "openai-codex");
    }
    const store = openStore(scene.home.aihub);
    const agents = [
      { id: "coder", model: { provider: "openai-codex", model: "gpt-5.4" }, auth: { profileId: "openai-codex:second@example.com" } },
      { id: "hub", model: { provider: "github-copilot", model: "gpt-4o" }, auth: { profileId: "github-copilot:second" } },
      { id: "pilot", model: { provider: "anthropic", model: "claude-sonnet-4-5" } },
      { id: "keyed", model: { provider: "anthropic", model: "claude-sonnet-4-5" }, auth: { mode: "api_key", profileId: grace } },
      { id: "stray", model: { provider: "openai-codex", model: "gpt-5.4" }, auth: { profileId: grace } },
    ];
    await store.update(({ credentials }) => {
      for (const name of ["default", "second"]) credentials[`github-copilot:${name}`] = { type: "oauth", access: "not-a-token", refresh: "not-a-refresh-token", expires: Date.now() + 3_600_000 };
    });
    await writeFile(config(), JSON.stringify({ ...(JSON.parse(keptConfig) as object), agents }));
    await useGatewayProfile(scene.home.aihub, store, "coder");
    await answers("coder", "second@example.com");
    await assert.rejects(useGatewayProfile(scene.home.aihub, store, "hub"), { code: "alias_not_possible" });
    for (const agent of ["pilot", "keyed", "stray"]) await assert.rejects(useGatewayProfile(scene.home.aihub, store, agent), { code: "alias_needs_sign_in" }, agent);
    await assert.rejects(leaveGatewayProfile(scene.home.aihub, store, "pilot"), { code: "alias_missing" });
    assert.equal((await storedCredentials(scene.home.aihub))["openai-codex"]?.email, "first@example.com");
  });
});
