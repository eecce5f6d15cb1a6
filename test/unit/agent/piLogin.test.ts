import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expireStored, storedCredentials } from "../../support/storedCredential";
import { bundleChildOnPi } from "../../support/childProcess";
import { runCli } from "../../support/cli";
import { moveHome, useSandbox } from "../../support/useSandbox";

interface Said {
  url?: string;
  userCode?: string;
  name?: string;
  credential?: Record<string, unknown>;
  apiKey?: string;
  error?: string;
}

describe("a sign-in within Pi", function () {
  // Pi is loaded from its sources.
  this.timeout(90_000);
  const scene = useSandbox();
  let script: string;
  before(async () => {
    script = await bundleChildOnPi(join(__dirname, "piChild.mts"));
  });
  beforeEach(() => moveHome(scene));

  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [script, ...args], {
      env: { PATH: process.env.PATH ?? "", ...scene.env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return { child, next: async () => JSON.parse(String((await lines.next()).value)) as Said };
  };

  for (const [provider, name, account] of [
    ["anthropic", "Anthropic (Claude Pro/Max)", "ada@example.com"],
    ["openai-codex", "OpenAI (ChatGPT Plus/Pro)", "grace@example.com"],
    ["github-copilot", "GitHub Copilot", "linus-example"],
  ] as const) {
    it(`to ${provider} is the one of everybody, and Pi gets no refresh token`, async () => {
      const { child, next } = start(provider);
      try {
        const askForKey = () => (child.stdin.write("\n"), next());

        const { url = "", userCode } = await next();
        await (userCode ? scene.person.enterDeviceCode(url, userCode) : scene.person.consent(url));
        const { name: shown, credential } = await next();
        const stored = (await storedCredentials(scene.home.aihub))[provider]!;
        assert.equal(shown, name);
        assert.deepEqual(credential, { access: stored.access, refresh: "-", expires: 0, profile: `${provider}:default` });
        assert.match((await runCli(["auth", "status"], scene.env)).stdout, new RegExp(`${account} · Connected`));

        assert.equal((await askForKey()).apiKey, stored.access);
        await expireStored(scene.home.aihub, provider);
        const renewed = (await askForKey()).apiKey;
        assert.notEqual(renewed, stored.access);
        assert.equal(renewed, (await storedCredentials(scene.home.aihub))[provider]!.access);

        await runCli(["auth", "logout", provider, "--yes"], scene.env);
        assert.match((await askForKey()).error ?? "", /Failed to refresh/);
        child.stdin.end();
        await once(child, "close");
      } finally {
        child.kill("SIGKILL");
      }
    });
  }

  it("goes the way that is chosen in Pi's list: to an enterprise's own domain, which is asked for", async () => {
    const { child, next } = start("github-copilot", "Sign in on an enterprise's own domain", "example.ghe.com");
    try {
      const { url = "", userCode = "" } = await next();
      assert.equal(url, "https://example.ghe.com/login/device");
      await scene.person.enterDeviceCode(url, userCode);
      assert.equal((await next()).credential?.profile, "github-copilot:default");
      assert.equal((await storedCredentials(scene.home.aihub))["github-copilot"]?.email, "linus-example@example.ghe.com");
    } finally {
      child.kill("SIGKILL");
    }
  });
});
