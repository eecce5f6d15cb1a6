import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { startCli, runCli } from "../../support/cli";
import { useOccupiedPorts } from "../../support/ports";
import { signIn } from "../../support/signIn";
import { moveHome, useSandbox } from "../../support/useSandbox";

describe("aihub auth login", () => {
  const scene = useSandbox();
  const occupy = useOccupiedPorts();
  beforeEach(() => moveHome(scene));

  const stored = async () => JSON.parse(await readFile(join(scene.home.aihub, "credentials", "oauth.json"), "utf8")) as Record<string, Record<string, unknown>>;
  const index = async () => JSON.parse(await readFile(join(scene.home.aihub, "agent", "auth-profiles.json"), "utf8")) as Record<string, unknown>;
  const nothingStored = async () => assert.rejects(stored(), { code: "ENOENT" });

  for (const [provider, label, account] of [
    ["anthropic", "Anthropic (Claude Pro/Max)", "ada@example.com"],
    ["openai-codex", "OpenAI (ChatGPT Plus/Pro)", "grace@example.com"],
    ["github-copilot", "GitHub Copilot", "linus-example"],
  ] as const) {
    it(`signs in to ${provider}`, async () => {
      const { code, stdout } = await signIn(scene, provider);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`Logged in to ${label.replace(/[()/]/g, "\\$&")} as ${account}`));
      const credential = (await stored())[provider];
      assert.equal(credential?.type, "oauth");
      assert.equal(credential?.email, account);
      assert.ok(Number(credential?.expires) > Date.now());
      assert.deepEqual((await index()).profiles, { [`${provider}:default`]: { provider, type: "oauth", label: account } });
    });

    it(`ends at once when access to ${provider} is denied, and stores nothing`, async () => {
      const { code, stderr } = await signIn(scene, provider, "deny");
      assert.equal(code, 1);
      assert.match(stderr, /did not grant access.*Sign in again/s);
      assert.doesNotMatch(stderr, /\.\./);
      await nothingStored();
    });
  }

  it("keeps the files for their owner alone", async () => {
    await signIn(scene, "anthropic");
    const mode = async (...path: string[]) => (await stat(join(scene.home.aihub, ...path))).mode & 0o777;
    assert.equal(await mode(), 0o700);
    assert.equal(await mode("credentials"), 0o700);
    assert.equal(await mode("agent"), 0o700);
    assert.equal(await mode("credentials", "oauth.json"), 0o600);
    assert.equal(await mode("agent", "auth-profiles.json"), 0o600);
  });

  it("takes the redirect's address on standard input, from a browser on another machine", async () => {
    const run = startCli(["auth", "login", "anthropic", "--no-browser"], scene.env);
    const [, url = ""] = await run.output(/(https:\/\/\S+)/);
    const parameters = new URL(url).searchParams;
    const code = await codeFor(url);
    run.type("nothing useful\n");
    run.type("\n  \n");
    run.type(`${code}#wrong-state\n`);
    run.type(`${parameters.get("redirect_uri")}?code=${code}&state=${parameters.get("state")}\n`);
    const { code: exit, stderr } = await run.result;
    assert.equal(exit, 0);
    assert.equal(stderr.match(/There is no code in what was pasted/g)?.length, 1);
    assert.match(stderr, /belongs to another sign-in/);
    assert.equal((await stored()).anthropic?.email, "ada@example.com");
  });

  it("goes on waiting for the browser when standard input is closed", async () => {
    const run = startCli(["auth", "login", "anthropic", "--no-browser"], scene.env);
    run.child.stdin.end();
    const [, url = ""] = await run.output(/(https:\/\/\S+)/);
    await scene.person.consent(url);
    assert.equal((await run.result).code, 0);
  });

  it("asks again when the vendor refuses a pasted code, with the next step", async () => {
    const run = startCli(["auth", "login", "anthropic", "--no-browser"], scene.env);
    const [, url = ""] = await run.output(/(https:\/\/\S+)/);
    const parameters = new URL(url).searchParams;
    scene.sandbox.addFault({ vendor: "anthropic", kind: "invalid_grant" });
    run.type(`${await codeFor(url)}#${parameters.get("state")}\n`);
    await run.output(/paste its address here\..*paste its address here\./s);
    await nothingStored();
    run.type(`${await codeFor(url)}#${parameters.get("state")}\n`);
    const { code, stderr } = await run.result;
    assert.equal(code, 0);
    assert.match(stderr, /did not accept the code.*Authorize once more/s);
  });

  it("moves to OpenAI's second port, then to a device code, when ports are taken", async function () {
    this.timeout(60_000);
    await occupy(1455);
    const viaSecond = startCli(["auth", "login", "openai-codex", "--no-browser"], scene.env);
    const [, url = ""] = await viaSecond.output(/(https:\/\/\S+)/);
    assert.equal(new URL(url).searchParams.get("redirect_uri"), "http://localhost:1457/auth/callback");
    await scene.person.consent(url);
    assert.equal((await viaSecond.result).code, 0);

    await occupy(1457);
    const viaDevice = startCli(["auth", "login", "openai-codex", "--no-browser"], scene.env);
    const [, page = ""] = await viaDevice.output(/(https:\/\/\S+)/);
    const [, userCode = ""] = await viaDevice.output(/^ {2}(\S+-\S+)$/m);
    await scene.person.enterDeviceCode(page, userCode);
    const { code, stderr } = await viaDevice.result;
    assert.equal(code, 0);
    assert.match(stderr, /1455, 1457.*in use/);

    const denied = startCli(["auth", "login", "openai-codex", "--no-browser"], scene.env);
    const [, deniedPage = ""] = await denied.output(/(https:\/\/\S+)/);
    const [, deniedCode = ""] = await denied.output(/^ {2}(\S+-\S+)$/m);
    await scene.person.enterDeviceCode(deniedPage, deniedCode, "deny");
    assert.match((await denied.result).stderr, /did not grant access/);
  });

  it("keeps two accounts of one provider apart, and one account in its profile", async () => {
    await signIn(scene, "anthropic");
    scene.sandbox.signIn("anthropic", { email: "grace@example.com" });
    await signIn(scene, "anthropic");
    scene.sandbox.signIn("anthropic", { email: "ada@example.com" });
    await signIn(scene, "anthropic");
    assert.deepEqual(Object.keys(await stored()), ["anthropic", "anthropic:grace@example.com"]);
    assert.equal((await stored()).anthropic?.email, "ada@example.com");
  });

  it("can be cancelled with Ctrl-C", async () => {
    const run = startCli(["auth", "login", "anthropic", "--no-browser"], scene.env);
    await run.output(/(https:\/\/\S+)/);
    run.child.kill("SIGINT");
    const { code, stderr } = await run.result;
    assert.equal(code, 130);
    assert.match(stderr, /Cancelled/);
    await nothingStored();
  });

  it("says that there is no network", async () => {
    const env = { ...scene.env, HTTPS_PROXY: "http://127.0.0.1:9", https_proxy: "http://127.0.0.1:9" };
    const { code, stderr } = await runCli(["auth", "login", "github-copilot", "--no-browser"], env);
    assert.equal(code, 1);
    assert.match(stderr, /github\.com could not be reached.*Check the network and proxy settings/s);
  });

  for (const [fault, words] of [
    [{ kind: "status", status: 429 }, /^Anthropic asks to wait before the next try\. Try again in a minute\.$/m],
    [{ kind: "status", status: 429, retryAfter: 30 }, /^Anthropic asks to wait before the next try\. Try again after \d+:\d\d/m],
    [{ kind: "status", status: 500 }, /^Anthropic has a problem right now \(HTTP 500\): a server error of its own\. Try again in a moment\.$/m],
    [{ kind: "drop" }, /^platform\.claude\.com could not be reached.*\. Check the network and proxy settings, then try again\.$/m],
    [{ kind: "malformed" }, /^Anthropic answered in a form that cannot be read\. Try again in a moment\.$/m],
  ] as const) {
    const name = [...("status" in fault ? [fault.status] : [fault.kind]), ...("retryAfter" in fault ? ["with a time"] : [])].join(" ");
    it(`explains a ${name} of the vendor`, async () => {
      const run = startCli(["auth", "login", "anthropic", "--no-browser"], scene.env);
      const [, url = ""] = await run.output(/(https:\/\/\S+)/);
      scene.sandbox.addFault({ host: "platform.claude.com", path: "/v1/oauth/token", ...fault });
      const page = await scene.person.consent(url);
      const { code, stderr } = await run.result;
      assert.equal(code, 1);
      assert.match(stderr, words);
      assert.match(page.text, /Not signed in to Anthropic/);
      await nothingStored();
    });
  }

  it("refuses an unknown provider with 1 and wrong usage with 2", async () => {
    const unknown = await runCli(["auth", "login", "gemini"], scene.env);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /no provider “gemini”.*anthropic, openai-codex, github-copilot/);
    for (const args of [["auth", "login"], ["auth", "login", "anthropic", "--nonsense"], ["nonsense"]]) {
      const usage = await runCli(args, scene.env);
      assert.equal(usage.code, 2, args.join(" "));
      assert.match(usage.stderr, /--help/);
    }
  });

  /** The browser is on another machine: the redirect to localhost does not load, its address is what one has. */
  async function codeFor(url: string): Promise<string> {
    const target = await scene.person.consentWithoutRedirect(url);
    return new URL(target).searchParams.get("code") ?? "";
  }
});
