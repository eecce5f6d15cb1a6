import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { startProgram } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { storedCredentials, type Stored } from "../../support/storedCredential";
import { useSandbox } from "../../support/useSandbox";

const pi = resolve(__dirname, "../../../node_modules/@mariozechner/pi-coding-agent/dist/cli.js");

describe("an unmodified pi that reads what AIHub stores", () => {
  const scene = useSandbox();
  let folder: string;
  const file = () => join(folder, "auth.json");

  before(async () => {
    for (const provider of ["anthropic", "openai-codex", "github-copilot"]) await signIn(scene, provider);
    folder = join(scene.home.path, "pi");
    await mkdir(folder, { mode: 0o700 });
    // The gateway's copy, entry by entry.
    await writeFile(file(), JSON.stringify(await storedCredentials(scene.home.aihub)), { mode: 0o600 });
  });

  const ask = async (provider: string, model: string) => {
    const args = [pi, "-p", "--no-session", "--provider", provider, "--model", model, "Hello there"];
    const run = startProgram(process.execPath, args, { ...scene.env, PI_CODING_AGENT_DIR: folder, PI_OFFLINE: "1", PI_TELEMETRY: "0", PI_SKIP_VERSION_CHECK: "1" });
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
