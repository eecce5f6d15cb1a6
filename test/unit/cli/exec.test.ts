import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { placeAgents, placeOnAlias } from "../../support/agentsFile";
import { runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { expireStored, storedCredentials } from "../../support/storedCredential";
import { useSandbox } from "../../support/useSandbox";

const claude = { provider: "anthropic", model: "claude-sonnet-4-5" };
/** Prints the variables of its environment whose names tell of a provider, as JSON. */
const printer = [process.execPath, "-e", "console.log(JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => /ANTHROPIC|OPENAI|GEMINI|COPILOT|CLAUDE|ELECTRON/.test(name)))))"];

describe("aihub exec", () => {
  const scene = useSandbox();
  /** Everything that could be taken by mistake. */
  const tempting = { ANTHROPIC_API_KEY: "wrong-1", ANTHROPIC_AUTH_TOKEN: "wrong-2", ANTHROPIC_BASE_URL: "http://127.0.0.1:1", CLAUDE_CODE_OAUTH_TOKEN: "wrong-3", OPENAI_API_KEY: "wrong-4", OPENAI_BASE_URL: "http://127.0.0.1:1", GEMINI_API_KEY: "wrong-5", COPILOT_GITHUB_TOKEN: "wrong-6" };
  const exec = (agent: string, command: readonly string[], env: Record<string, string> = tempting) => runCli(["exec", "-a", agent, "--", ...command], { ...scene.env, ...env });
  const seen = async (agent: string, env?: Record<string, string>) => {
    const { code, stdout, stderr } = await exec(agent, printer, env);
    assert.deepEqual([code, stderr], [0, ""]);
    return JSON.parse(stdout) as Record<string, string>;
  };

  before(async () => {
    await placeAgents(scene.home, [
      { id: "oauth", model: claude, auth: { mode: "oauth" } },
      { id: "key", model: claude, auth: { mode: "api_key" } },
      { id: "unset", model: claude },
      { id: "proxy", model: { ...claude, base_url: "http://127.0.0.1:7777", auth_token: "$env:MY_PROXY_TOKEN" }, auth: { mode: "proxy" } },
      { id: "sdk", sdk: "claude", model: { model: "claude-sonnet-4-5", base_url: "http://127.0.0.1:8888", auth_token: "token-of-the-other-proxy" } },
      { id: "sdk-alone", sdk: "claude", model: { model: "claude/sonnet" } },
      { id: "codex", model: { provider: "openai-codex", model: "gpt-5.4" }, auth: { mode: "oauth" } },
      { id: "openai", model: { provider: "openai", model: "gpt-5.4" }, auth: { mode: "api_key" } },
      { id: "copilot", model: { provider: "github-copilot", model: "gpt-4o" } },
    ]);
  });

  it("starts nothing without a sign-in, and takes no key in its place", async () => {
    const { code, stdout, stderr } = await exec("oauth", printer);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /Nobody is signed in to Anthropic/);
  });

  describe("when signed in", () => {
    before(async () => {
      for (const provider of ["anthropic", "openai-codex", "github-copilot"]) await signIn(scene, provider);
    });
    const access = async (key: string) => (await storedCredentials(scene.home.aihub))[key]!.access;

    it("gives mode oauth the token's variable and nothing else", async () => {
      const variables = await seen("oauth");
      assert.deepEqual(Object.keys(variables), ["ANTHROPIC_OAUTH_TOKEN"]);
      assert.ok(variables.ANTHROPIC_OAUTH_TOKEN === (await access("anthropic")));
    });

    it("gives an agent that the gateway runs on a second account that account's token", async () => {
      const config = join(scene.home.aihub, "aihub.json");
      const kept = await readFile(config);
      try {
        await placeOnAlias(scene.home, { id: "second", model: claude });
        assert.ok((await seen("second")).ANTHROPIC_OAUTH_TOKEN === (await access("anthropic")));
      } finally {
        await writeFile(config, kept);
      }
    });

    it("renews a token that is due first", async () => {
      const old = await access("anthropic");
      await expireStored(scene.home.aihub, "anthropic");
      const variables = await seen("oauth");
      assert.ok(variables.ANTHROPIC_OAUTH_TOKEN !== old && variables.ANTHROPIC_OAUTH_TOKEN === (await access("anthropic")));
    });

    it("gives mode api_key the key's variable and nothing else", async () => {
      assert.deepEqual(await seen("key"), { ANTHROPIC_API_KEY: "wrong-1" });
      assert.deepEqual(await seen("openai"), { OPENAI_API_KEY: "wrong-4" });
    });

    it("gives mode proxy the address and the token, and nothing else", async () => {
      const variables = await seen("proxy", { ...tempting, MY_PROXY_TOKEN: "token-of-the-proxy" });
      assert.deepEqual(variables, { ANTHROPIC_BASE_URL: "http://127.0.0.1:7777", ANTHROPIC_AUTH_TOKEN: "token-of-the-proxy" });
      const { code, stdout, stderr } = await exec("proxy", printer);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /MY_PROXY_TOKEN is not set/);
    });

    it("gives an agent of the Claude SDK its own address and token, also while another runs", async () => {
      const [sdk, proxy] = await Promise.all([seen("sdk"), seen("proxy", { ...tempting, MY_PROXY_TOKEN: "token-of-the-proxy" })]);
      assert.deepEqual(sdk, { ANTHROPIC_BASE_URL: "http://127.0.0.1:8888", ANTHROPIC_AUTH_TOKEN: "token-of-the-other-proxy" });
      assert.equal(proxy.ANTHROPIC_BASE_URL, "http://127.0.0.1:7777");
    });

    it("follows the order of a mode that is not set", async () => {
      assert.deepEqual(Object.keys(await seen("unset")), ["ANTHROPIC_OAUTH_TOKEN"]);
      assert.deepEqual(await seen("unset", { ...tempting, ANTHROPIC_OAUTH_TOKEN: "from-outside" }), { ANTHROPIC_OAUTH_TOKEN: "from-outside" });
      assert.deepEqual(Object.keys(await seen("copilot", {})), ["COPILOT_GITHUB_TOKEN"]);
    });

    it("says of an agent of the Claude SDK without a proxy that it has no key to give", async () => {
      const { code, stdout, stderr } = await exec("sdk-alone", printer);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /sdk-alone runs on the Claude SDK and names no proxy: the claude command uses a sign-in of its own/);
      assert.doesNotMatch(stderr, /auth\.mode/);
    });

    it("says that a provider has no variable for a sign-in", async () => {
      const { code, stdout, stderr } = await exec("codex", printer);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /No environment variable takes a sign-in for OpenAI\. .*`aihub send` or `aihub run`/);
    });

    it("leaves everything else of the environment and the arguments alone", async () => {
      const script = "console.log(JSON.stringify([process.env.MINE, process.env.ELECTRON_RUN_AS_NODE, ...process.argv.slice(1)]))";
      const { stdout } = await exec("oauth", [process.execPath, "-e", script, "--", "--json", "a b", "$HOME", "-a"], { MINE: "kept", ELECTRON_RUN_AS_NODE: "1" });
      assert.deepEqual(JSON.parse(stdout), ["kept", null, "--json", "a b", "$HOME", "-a"]);
    });

    it("passes standard input and the exit code through", async () => {
      const { code, stdout } = await runCli(["exec", "-a", "oauth", "sh", "-c", "cat; exit 7"], scene.env, "from outside");
      assert.deepEqual([code, stdout], [7, "from outside"]);
    });

    it("tells of a program that is not there, or cannot be run, as a shell does", async () => {
      const missing = await exec("oauth", ["no-such-program"]);
      assert.equal(missing.code, 127);
      assert.match(missing.stderr, /no-such-program could not be started: it was not found/);
      const file = join(scene.home.path, "not-a-program");
      await writeFile(file, "text", { mode: 0o600 });
      const denied = await exec("oauth", [file]);
      assert.equal(denied.code, 126);
      assert.match(denied.stderr, /not-a-program could not be started: it may not be executed\./);
    });

    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const) {
      it(`passes ${signal} on, and a program's answer to it back`, async () => {
        const trap = `trap 'echo caught; exit 9' ${signal.slice(3)}; echo ready; for i in $(seq 400); do sleep 0.05; done`;
        assert.deepEqual(await endBy(signal, trap), { code: 9, signal: null, output: "ready\ncaught\n" });
      });

      it(`ends as a program does that ${signal} ends`, async () => {
        const { code, signal: endedBy } = await endBy(signal, "echo ready; exec sleep 60");
        // By this one, Node would start its debugger.
        assert.deepEqual([code, endedBy], signal === "SIGUSR1" ? [138, null] : [null, signal]);
      });
    }

    for (const [signal, expected] of [["PIPE", 141], ["USR1", 138]] as const) {
      it(`gives ${expected} for a program that SIG${signal} ends, without a word`, async () => {
        assert.deepEqual(await exec("oauth", ["sh", "-c", `kill -${signal} $$`]), { code: expected, stdout: "", stderr: "" });
      });
    }

    /** In a session of its own, without a terminal whose Ctrl-C would reach both. */
    async function endBy(signal: NodeJS.Signals, script: string) {
      const cli = resolve(__dirname, "../../../dist/cli.mjs");
      const child = spawn(process.execPath, [cli, "exec", "-a", "oauth", "--", "sh", "-c", script], { env: { PATH: process.env.PATH ?? "", ...scene.env }, detached: true, stdio: ["ignore", "pipe", "inherit"] });
      const output = text(child.stdout);
      await once(child.stdout, "data");
      child.kill(signal);
      const [code, endedBy] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
      return { code, signal: endedBy, output: await output };
    }

    it("shows the token neither in arguments nor in its own environment", async function () {
      if (process.platform !== "linux") this.skip();
      const token = await access("anthropic");
      const look = "cat /proc/$PPID/cmdline /proc/$PPID/environ /proc/$$/cmdline | tr '\\0' '\\n'";
      const { stdout } = await exec("oauth", ["sh", "-c", look]);
      assert.match(stdout, /\nexec\n-a\noauth\n/);
      assert.ok(!stdout.includes(token));
      assert.ok(!(await readFile(join(scene.home.aihub, "aihub.json"), "utf8")).includes(token));
    });
  });
});
