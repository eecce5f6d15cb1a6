import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { placeAgents } from "../../support/agentsFile";
import { startProgram } from "../../support/cli";
import { signIn } from "../../support/signIn";
import type { Stored } from "../../support/storedCredential";
import { useSandbox } from "../../support/useSandbox";

const pi = resolve(__dirname, "../../../node_modules/@mariozechner/pi-coding-agent/dist/cli.js");

describe("an unmodified pi that reads the gateway's copy", () => {
  const scene = useSandbox();
  const file = () => join(scene.home.aihub, "auth.json");

  before(async () => {
    // Where the gateway's home has a config, its copy is kept.
    await placeAgents(scene.home, []);
    const providers = ["anthropic", "openai-codex", "github-copilot"];
    for (const provider of providers) await signIn(scene, provider);
    assert.deepEqual(Object.keys(JSON.parse(await readFile(file(), "utf8")) as object).sort(), [...providers].sort());
  });

  const ask = async (provider: string, model: string) => {
    const args = [pi, "-p", "--no-session", "--provider", provider, "--model", model, "Hello there"];
    const run = startProgram(process.execPath, args, { ...scene.env, PI_CODING_AGENT_DIR: scene.home.aihub, PI_OFFLINE: "1", PI_TELEMETRY: "0", PI_SKIP_VERSION_CHECK: "1" });
    run.child.stdin.end();
    return run.result;
  };

  for (const [provider, model, account] of [
    ["anthropic", "claude-sonnet-4-5", "ada@example.com"],
    ["openai-codex", "gpt-5.4", "grace@example.com"],
    ["github-copilot", "gpt-4o", "linus-example"],
  ] as const) {
    it(`answers with ${provider}, on the same account, and leaves the file as it is`, async () => {
      const before = await readFile(file(), "utf8");
      const { code, stdout, stderr } = await ask(provider, model);
      assert.equal(code, 0, stderr);
      assert.match(stdout, new RegExp(`Hello from ${model}, ${account.replace(".", "\\.")}\\. You said: Hello there`));
      assert.deepEqual(JSON.parse(await readFile(file(), "utf8")), JSON.parse(before));
    });
  }

  it("renews an expired entry by itself", async () => {
    const entries = JSON.parse(await readFile(file(), "utf8")) as Record<string, Stored>;
    const old = entries.anthropic!;
    await writeFile(file(), JSON.stringify({ ...entries, anthropic: { ...old, expires: Date.now() - 1000 } }), { mode: 0o600 });
    scene.sandbox.expireAccessTokens("anthropic");
    const { code } = await ask("anthropic", "claude-sonnet-4-5");
    assert.equal(code, 0);
    const renewed = (JSON.parse(await readFile(file(), "utf8")) as Record<string, Stored>).anthropic!;
    assert.ok(renewed.expires > Date.now() && renewed.access !== old.access && renewed.refresh !== old.refresh);
  });
});
