import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCli, startCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { useSandbox } from "../../support/useSandbox";

interface Usage {
  input: number;
  output: number;
}

describe("aihub send", () => {
  const scene = useSandbox();
  const agents = [
    { id: "pilot", name: "Pilot", model: { provider: "anthropic", model: "claude-sonnet-4-5" } },
    { id: "coder", model: { model: "openai-codex/gpt-5.4" } },
    { id: "hub", model: { provider: "github-copilot", model: "gpt-4o" } },
    { id: "oauth", model: { provider: "anthropic", model: "claude-sonnet-4-5" }, auth: { mode: "oauth" } },
    { id: "grace", model: { provider: "anthropic", model: "claude-sonnet-4-5" }, auth: { mode: "oauth", profileId: "anthropic:grace@example.com" } },
    { id: "key", model: { provider: "anthropic", model: "claude-sonnet-4-5" }, auth: { mode: "api_key" } },
    { id: "nowhere", workspace: "/does/not/exist", model: { provider: "anthropic", model: "claude-sonnet-4-5" } },
    { id: "nothing", model: { provider: "anthropic", model: "claude-0" } },
  ];
  const send = (agent: string, message: string, env: Record<string, string> = {}) =>
    runCli(["send", "-a", agent, "-m", message], { ...scene.env, ...env });
  const modelRequests = () => scene.sandbox.requests().filter(({ model }) => model !== undefined);

  before(async () => {
    await mkdir(join(scene.home.path, "work"));
    await mkdir(scene.home.aihub, { recursive: true, mode: 0o700 });
    const inWorkspace = agents.map((agent) => ({ workspace: join(scene.home.path, "work"), ...agent }));
    await writeFile(join(scene.home.aihub, "aihub.json"), JSON.stringify({ agents: inWorkspace }));
  });

  it("without a sign-in names the command, and never takes an environment key in its place", async () => {
    const key = scene.sandbox.createApiKey("anthropic");
    const { code, stdout, stderr } = await send("oauth", "Hello", { ANTHROPIC_API_KEY: key });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /Nobody is signed in to Anthropic\..*aihub auth login anthropic/s);
    assert.equal(modelRequests().length, 0);
  });

  it("without any way to the provider names them all", async () => {
    const { code, stderr } = await send("pilot", "Hello");
    assert.equal(code, 1);
    assert.match(stderr, /`aihub auth login anthropic` in a terminal, set ANTHROPIC_OAUTH_TOKEN or ANTHROPIC_API_KEY, or /);
  });

  it("without a message, or with an unknown agent, says what to do", async () => {
    const { code, stdout, stderr } = await send("pilto", "Hi");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /no agent “pilto”.*Known: pilot, coder/);
    assert.match((await send("pilot", "  ")).stderr, /no message to send/);
    assert.equal((await runCli(["send", "-a", "pilot"], scene.env)).code, 2);
  });

  describe("when signed in", () => {
    before(async () => {
      for (const provider of ["anthropic", "openai-codex", "github-copilot"]) await signIn(scene, provider);
      scene.sandbox.signIn("anthropic", { email: "grace@example.com" });
      await signIn(scene, "anthropic");
      scene.sandbox.signIn("anthropic", { email: "ada@example.com" });
    });

    for (const [agent, account, words] of [
      ["pilot", "ada@example.com", /^Hello from claude-sonnet-4-5, ada@example\.com\. You said: Hello there/],
      ["coder", "grace@example.com", /^Hello from gpt-5\.4, grace@example\.com\. You said: Hello there/],
      ["hub", "linus-example", /^Hello from gpt-4o, linus-example\. You said: Hello there/],
      ["grace", "grace@example.com", /^Hello from claude-sonnet-4-5, grace@example\.com\./],
    ] as const) {
      it(`${agent} answers on the account of ${account}`, async () => {
        const before = modelRequests().length;
        const { code, stdout, stderr } = await send(agent, "Hello there");
        assert.deepEqual([code, stderr], [0, ""]);
        assert.match(stdout, words);
        assert.deepEqual(modelRequests().slice(before).map((request) => [request.account, request.status]), [[account, 200]]);
      });
    }

    it("runs a tool in the workspace, which sees no provider key", async () => {
      const env = { ANTHROPIC_API_KEY: scene.sandbox.createApiKey("anthropic"), OPENAI_API_KEY: "not-a-key" };
      const { code, stdout } = await send("oauth", "please tool:pwd; env | grep -c _API_KEY= || true", env);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`The tool said: ${join(scene.home.path, "work")}\n0`));
    });

    it("tells the tokens of every request that the answer took", async () => {
      const { stdout } = await runCli(["send", "-a", "pilot", "--json", "-m", "please tool:pwd"], scene.env);
      const events = stdout.trim().split("\n").map((line) => JSON.parse(line) as { type: string; id?: string; usage?: Usage });
      const folder = join(scene.home.aihub, "agent", "sessions", "pilot");
      const file = (await readdir(folder)).find((name) => name.includes(events[0]?.id ?? "no session"));
      const entries = (await readFile(join(folder, file ?? ""), "utf8")).trim().split("\n").map((line) => JSON.parse(line) as { message?: { usage?: Usage } });
      const usages = entries.flatMap(({ message }) => message?.usage ?? []);
      assert.equal(usages.length, 2);
      const sum = (of: keyof Usage) => usages.reduce((total, usage) => total + usage[of], 0);
      assert.deepEqual(events.at(-1)?.usage, { input: sum("input"), output: sum("output") });
    });

    it("with mode api_key uses the key and never the subscription", async () => {
      const before = modelRequests().length;
      const { code, stderr } = await send("key", "Hello");
      assert.equal(code, 1);
      assert.match(stderr, /no API key for Anthropic\. Set ANTHROPIC_API_KEY/);
      assert.equal(modelRequests().length, before);
      const withKey = await send("key", "Hello", { ANTHROPIC_API_KEY: scene.sandbox.createApiKey("anthropic") });
      assert.equal(withKey.code, 0);
    });

    it("reads a long message from standard input", async () => {
      const { code, stdout } = await runCli(["send", "-a", "pilot", "-m", "-"], scene.env, `Hello again ${"x".repeat(200_000)}`);
      assert.equal(code, 0);
      assert.match(stdout, /You said: Hello again xxx/);
    });

    it("renews an expired token on the way and the request does not notice", async () => {
      const file = join(scene.home.aihub, "credentials", "oauth.json");
      const stored = JSON.parse(await readFile(file, "utf8")) as Record<string, { expires: number; access: string }>;
      const old = stored.anthropic!.access;
      stored.anthropic!.expires = Date.now() - 1000;
      await writeFile(file, JSON.stringify(stored), { mode: 0o600 });
      scene.sandbox.expireAccessTokens("anthropic");
      const { code, stdout } = await send("pilot", "Hello");
      assert.equal(code, 0);
      assert.match(stdout, /ada@example\.com/);
      const renewed = (JSON.parse(await readFile(file, "utf8")) as typeof stored).anthropic!.access;
      assert.notEqual(hash(renewed), hash(old));
    });

    it("shows no token to other processes", async () => {
      const run = startCli(["send", "-a", "pilot", "-m", "please tool:sleep 2"], scene.env);
      const secrets = scene.sandbox.secrets();
      let agents = 0;
      let leaks = 0;
      while (run.child.exitCode === null) {
        const seen = await commandLines();
        agents += seen.filter((line) => line.includes("agent/main.mjs")).length;
        leaks += seen.filter((line) => secrets.some((secret) => line.includes(secret))).length;
      }
      assert.equal((await run.result).code, 0);
      assert.ok(agents > 0);
      assert.equal(leaks, 0);
    });

    it("explains an unknown model and a missing workspace", async () => {
      for (const [agent, words] of [
        ["nothing", "Anthropic has no model “claude-0”. Change model.model of the agent nothing.\n"],
        ["nowhere", "The workspace /does/not/exist of the agent nowhere does not exist. Create it, or change the agent's workspace.\n"],
      ] as const) {
        assert.deepEqual(await send(agent, "Hi"), { code: 1, stdout: "", stderr: words });
      }
    });

    it("says why a request failed and ends with 1", async () => {
      scene.sandbox.addFault({ host: "api.anthropic.com", kind: "status", status: 400, times: 5 });
      const { code, stdout, stderr } = await send("pilot", "Hello");
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /400/);
    });
  });
});

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Arguments and environment of every process of this user, as another process could read them. */
async function commandLines(): Promise<string[]> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const files = pids.flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]);
  return Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
}
