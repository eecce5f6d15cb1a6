import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { placeAgents, placeOnAlias } from "../../support/agentsFile";
import { runCli, startCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { expireStored } from "../../support/storedCredential";
import { moveHome, useSandbox } from "../../support/useSandbox";

const model = { provider: "anthropic", model: "claude-sonnet-4-5" };

describe("aihub agent", () => {
  const scene = useSandbox();
  beforeEach(async () => {
    await moveHome(scene);
    await placeAgents(scene.home, [
      { id: "pilot", name: "Pilot", model, thinking: "high" },
      { id: "key", model, auth: { mode: "api_key" } },
      { id: "proxy", model: { ...model, base_url: "http://127.0.0.1:7777", auth_token: "$env:MY_PROXY_TOKEN" }, auth: { mode: "proxy" } },
      { id: "sdk", sdk: "claude", model: { model: "claude-sonnet-4-5", base_url: "http://127.0.0.1:8888", auth_token: "token-of-the-proxy" }, auth: { mode: "oauth", profileId: "anthropic:gone" } },
      { id: "sdk-own", sdk: "claude", model: { model: "claude-sonnet-4-5" } },
      { id: "sdk-half", sdk: "claude", model: { model: "claude-sonnet-4-5", base_url: "http://127.0.0.1:8888" } },
      { id: "lost", model, auth: { mode: "oauth", profileId: "anthropic:gone" } },
      { id: "keyed", model: { provider: "openai", model: "gpt-4o" }, auth: { mode: "oauth" } },
    ]);
  });
  const aihub = (args: string[], env: Record<string, string> = {}) => runCli(["agent", ...args], { ...scene.env, ...env });
  const shown = async (id: string, env?: Record<string, string>) => JSON.parse((await aihub(["show", id, "--json"], env)).stdout) as Record<string, unknown>;

  describe("show", () => {
    it("tells programs everything of one agent, in one form", async () => {
      await signIn(scene, "anthropic");
      assert.deepEqual(await shown("pilot"), {
        ...{ id: "pilot", name: "Pilot", sdk: "pi", provider: "anthropic", model: "claude-sonnet-4-5", auth: { mode: null, profileId: null } },
        ...{ workspace: join(scene.home.path, "work"), thinking: "high", file: join(scene.home.aihub, "aihub.json") },
        uses: { kind: "profile", account: "ada@example.com", profileId: "anthropic:default", status: "connected", paidBy: "your Claude subscription" },
        problem: null,
      });
    });

    it("tells people whose account it is and who pays", async () => {
      await signIn(scene, "anthropic");
      const { code, stdout } = await aihub(["show", "pilot"]);
      assert.equal(code, 0);
      assert.match(stdout, /^Account {4}ada@example\.com · Connected\nPaid by {4}your Claude subscription$/m);
    });

    it("knows an agent that the gateway runs on a second account by what it is meant to be", async () => {
      await signIn(scene, "anthropic");
      await placeOnAlias(scene.home, { id: "second", model });
      const { provider, auth, uses, problem } = await shown("second");
      assert.deepEqual([provider, auth, problem], ["anthropic", { mode: "oauth", profileId: "anthropic:default" }, null]);
      assert.deepEqual([(uses as { account: string }).account, (uses as { paidBy: string }).paidBy], ["ada@example.com", "your Claude subscription"]);
    });

    it("calls no vendor, also when the token is due", async () => {
      await signIn(scene, "anthropic");
      await expireStored(scene.home.aihub, "anthropic");
      const before = scene.sandbox.requests().length;
      assert.equal(((await shown("pilot")).uses as { status: string }).status, "expired");
      assert.equal(scene.sandbox.requests().length, before);
    });

    for (const [id, env, kind, account, paidBy] of [
      ["pilot", { ANTHROPIC_OAUTH_TOKEN: "x" }, "environment", "ANTHROPIC_OAUTH_TOKEN", "your Claude subscription"],
      ["pilot", { ANTHROPIC_API_KEY: "x" }, "environment", "ANTHROPIC_API_KEY", "an API key"],
      ["key", { ANTHROPIC_API_KEY: "x" }, "environment", "ANTHROPIC_API_KEY", "an API key"],
      ["proxy", { MY_PROXY_TOKEN: "x" }, "proxy", "http://127.0.0.1:7777", "whoever runs the proxy"],
      ["sdk", {}, "proxy", "http://127.0.0.1:8888", "whoever runs the proxy"],
      ["sdk-own", {}, "claude", "the sign-in of the claude command", "its account"],
    ] as const) {
      it(`says that ${id} with ${Object.keys(env).join() || "nothing else"} is paid by ${paidBy}`, async () => {
        const { uses, problem } = await shown(id, env);
        assert.deepEqual([uses, problem], [{ kind, account, profileId: null, status: null, paidBy }, null]);
      });
    }

    for (const [id, code, words] of [
      ["pilot", "no_key_at_all", /no way to reach Anthropic yet/],
      ["key", "no_api_key", /Set ANTHROPIC_API_KEY/],
      ["proxy", "environment_variable_missing", /MY_PROXY_TOKEN is not set/],
      ["sdk-half", "claude_proxy_incomplete", /model\.base_url/],
      ["lost", "unknown_profile", /no profile “anthropic:gone”/],
      ["keyed", "no_sign_in", /no sign-in for openai\. Set the agent's auth\.mode to "api_key"/],
    ] as const) {
      it(`says what ${id} lacks, and that is no failure of the command`, async () => {
        const problem = (await shown(id)).problem as { code: string; message: string };
        assert.equal(problem.code, code);
        assert.match(problem.message, words);
        const { code: exit, stdout } = await aihub(["show", id]);
        assert.equal(exit, 0);
        assert.match(stdout, words);
      });
    }

    it("does not know what is not there", async () => {
      const { code, stderr } = await aihub(["show", "pilto"]);
      assert.equal(code, 1);
      assert.match(stderr, /no agent “pilto”.*Known: pilot, key/);
    });
  });

  describe("of an agent that the gateway runs on a second account", () => {
    beforeEach(async () => {
      await signIn(scene, "anthropic");
      await placeOnAlias(scene.home, { id: "second", model });
    });

    it("lists it as what it is meant to be, on a sign-in", async () => {
      assert.equal((await aihub(["list"])).stdout, "second · anthropic/claude-sonnet-4-5 · oauth anthropic:default\n");
      const { agents } = JSON.parse((await aihub(["list", "--json"])).stdout) as { agents: { provider: string; auth: unknown }[] };
      assert.deepEqual(agents.map(({ provider, auth }) => [provider, auth]), [["anthropic", { mode: "oauth", profileId: "anthropic:default" }]]);
    });

    it("sets nothing that does not fit, and takes nothing back for it", async () => {
      const files = () => Promise.all(["aihub.json", "agent/auth-profiles.json"].map((file) => readFile(join(scene.home.aihub, file), "utf8")));
      const before = await files();
      const { code, stderr } = await aihub(["set-auth", "second", "--profile", "anthropic:nosuch"]);
      assert.equal(code, 1);
      assert.match(stderr, /no profile “anthropic:nosuch”/);
      assert.deepEqual(await files(), before);
    });
  });

  describe("create", () => {
    const create = (id: string, ...more: string[]) => aihub(["create", id, "--provider", "anthropic", "--model", "claude-sonnet-4-5", "--workspace", join(scene.home.path, "work"), ...more]);

    it("makes an agent that is listed, shown and kept as given", async () => {
      await signIn(scene, "anthropic");
      const { code, stdout, stderr } = await create("scout", "--name", "Scout", "--mode", "oauth", "--profile", "anthropic:default");
      assert.deepEqual([code, stderr], [0, ""]);
      assert.equal(stdout, `scout · anthropic/claude-sonnet-4-5 · oauth anthropic:default · ${join(scene.home.aihub, "aihub.json")}\n`);
      const { agents } = JSON.parse(await readFile(join(scene.home.aihub, "aihub.json"), "utf8")) as { agents: { id: string }[] };
      assert.deepEqual(agents.at(-1), { id: "scout", name: "Scout", workspace: join(scene.home.path, "work"), model, auth: { mode: "oauth", profileId: "anthropic:default" } });
      assert.equal(((await shown("scout")).uses as { account: string }).account, "ada@example.com");
    });

    for (const [given, kept] of [
      ["work", () => join(scene.home.path, "work")],
      [".", () => scene.home.path],
      ["~/work", () => "~/work"],
    ] as const) {
      it(`keeps the workspace ${given} so that it is the same folder wherever the agent is started`, async () => {
        const { code, stderr } = await startCli(["agent", "create", "scout", "--provider", "anthropic", "--model", model.model, "--workspace", given], scene.env, { cwd: scene.home.path }).result;
        assert.equal(code, 0, stderr);
        assert.equal((await shown("scout")).workspace, kept());
      });
    }

    for (const [args, exit, words] of [
      [["pilot"], 1, /There is an agent “pilot” already/],
      [["a b"], 2, /“a b” cannot be the id of an agent/],
      [["scout", "--workspace", "/does/not/exist"], 1, /workspace \/does\/not\/exist of the agent scout does not exist/],
      [["scout", "--profile", "anthropic:gone"], 1, /no profile “anthropic:gone”/],
      [["scout", "--provider", "openai", "--mode", "oauth"], 1, /no sign-in for openai/],
    ] as const) {
      it(`refuses ${args.join(" ")} with ${exit} and changes nothing`, async () => {
        const before = await readFile(join(scene.home.aihub, "aihub.json"), "utf8");
        const { code, stdout, stderr } = await create(...(args as unknown as [string, ...string[]]));
        assert.deepEqual([code, stdout], [exit, ""]);
        assert.match(stderr, words);
        assert.equal(await readFile(join(scene.home.aihub, "aihub.json"), "utf8"), before);
      });
    }
  });

  it("list names the way to the first agent where there is no config, and where it is empty", async () => {
    const file = join(scene.home.aihub, "aihub.json");
    await rm(file);
    for (const args of [["list"], ["list", "--json"]]) {
      const { code, stdout, stderr } = await aihub(args);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.ok(stderr.startsWith(`${file} does not exist. Make your first agent with “AIHub: Create Agent” in VS Code or \`aihub agent create\` in a terminal`), stderr);
    }
    await placeAgents(scene.home, []);
    assert.deepEqual(await aihub(["list"]), { code: 0, stdout: "There are no agents yet. Run 'aihub agent create' to make one.\n", stderr: "" });
    assert.deepEqual(JSON.parse((await aihub(["list", "--json"])).stdout), { agents: [] });
  });

  it("set-auth gives no sign-in to an agent whose provider has none, and takes one away", async () => {
    const before = await readFile(join(scene.home.aihub, "aihub.json"), "utf8");
    for (const args of [["--mode", "oauth"], ["--mode", "none", "--profile", "openai:ci"]]) {
      const { code, stderr } = await aihub(["set-auth", "keyed", ...args]);
      assert.equal(code, 1);
      assert.match(stderr, /no sign-in for openai\. Set the agent's auth\.mode to "api_key"/);
      assert.equal(await readFile(join(scene.home.aihub, "aihub.json"), "utf8"), before);
    }
    assert.equal((await aihub(["set-auth", "keyed", "--mode", "api_key"])).stdout, "keyed · openai/gpt-4o · api_key\n");
  });

  it("run asks for a terminal, with the command that needs none", async () => {
    const { code, stdout, stderr } = await runCli(["run", "pilot"], scene.env);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /needs a terminal.*`aihub send -a pilot -m -`/);
  });
});
