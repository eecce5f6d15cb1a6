import assert from "node:assert/strict";
import { runCli, startCli, type CliRun } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { expireStored, signInsUnderWay, storedCredentials, storedIndex } from "../../support/storedCredential";
import { moveHome, useSandbox } from "../../support/useSandbox";

describe("aihub auth login, as it is asked for", () => {
  const scene = useSandbox();
  let earlier: number;
  beforeEach(async () => {
    await moveHome(scene);
    earlier = scene.sandbox.requests().length;
  });

  const overSsh = () => ({ ...scene.env, SSH_CONNECTION: "192.0.2.1 50000 192.0.2.2 22" });
  const start = (args: string[], env = scene.env) => startCli(["auth", "login", ...args, "--no-browser"], env);
  const addressOf = async (run: CliRun) => (await run.output(/(https:\/\/\S+)/))[1]!;
  const enterCode = async (run: CliRun) => {
    const page = await addressOf(run);
    const [, userCode = ""] = await run.output(/^ {2}(\S+-\S+)$/m);
    await scene.person.enterDeviceCode(page, userCode);
  };
  const vendorsWereAsked = () => scene.sandbox.requests().length > earlier;

  describe("without a provider", () => {
    it("lists them with their status, and a number chooses", async () => {
      await signIn(scene, "anthropic");
      await signIn(scene, "openai-codex");
      await expireStored(scene.home.aihub, "openai-codex");
      const run = start([]);
      await run.output(/3\) GitHub Copilot · Not connected\n/);
      run.type("9\n");
      run.type("3\n");
      await enterCode(run);
      const { code, stdout, stderr } = await run.result;
      assert.equal(code, 0);
      assert.match(stdout, /1\) Anthropic \(Claude Pro\/Max\) · ada@example\.com: Connected\n {2}2\) OpenAI \(ChatGPT Plus\/Pro\) · grace@example\.com: Expired\n/);
      assert.match(stderr, /Enter a number from 1 to 3\./);
      assert.match(stdout, /Logged in to GitHub Copilot as linus-example \(github-copilot:default\)/);
    });

    it("names them, with 2, where nobody answers", async () => {
      const { code, stderr } = await runCli(["auth", "login"], scene.env);
      assert.equal(code, 2);
      assert.match(stderr, /No provider was named\. Name one of: anthropic, openai-codex, github-copilot\./);
      assert.equal(vendorsWereAsked(), false);
    });

    it("takes the one of --profile", async () => {
      const run = start(["--profile", "github-copilot:work"]);
      await enterCode(run);
      assert.match((await run.result).stdout, /as linus-example \(github-copilot:work\)/);
    });
  });

  it("says what Anthropic's terms mean, each time where no person can answer", async () => {
    const notice = /Anthropic may refuse .* bill it as extra usage\. Read the terms: https:\/\/www\.anthropic\.com\/\S+/;
    for (let time = 1; time <= 2; time++) {
      assert.equal((await signIn(scene, "anthropic")).stderr.match(new RegExp(notice, "g"))?.length, 1);
      assert.equal((await storedIndex(scene.home.aihub)).notices, undefined);
    }
    assert.doesNotMatch((await signIn(scene, "openai-codex")).stderr, /extra usage/);
  });

  for (const name of ["work", "anthropic:work"]) {
    it(`signs in on the profile “${name}”`, async () => {
      const run = start(["anthropic", "--profile", name]);
      await scene.person.consent(await addressOf(run));
      assert.match((await run.result).stdout, /as ada@example\.com \(anthropic:work\)/);
      assert.deepEqual(Object.keys(await storedCredentials(scene.home.aihub)), ["anthropic:work"]);
    });
  }

  for (const [what, args, exit, words] of [
    ["another provider's profile", ["anthropic", "--profile", "openai-codex:x"], 1, /The profile openai-codex:x does not belong to Anthropic\. Choose a profile of Anthropic\./],
    ["a profile name that is none", ["anthropic", "--profile", "my work"], 2, /“my work” is not a profile name\. Use letters, digits, and/],
    ["a profile name that is none, where no provider is named", ["--profile", "my work"], 2, /“my work” is not a profile name\./],
    ["a profile of no provider", ["--profile", "gemini:work"], 1, /no provider “gemini”/],
    ["a way that the provider has not", ["anthropic", "--flow", "device"], 1, /Anthropic has no way to sign in called “device”.*Known: loopback, paste\./],
    ["a way that there is not", ["anthropic", "--flow", "magic"], 2, /'magic' is invalid\. Allowed choices are loopback, device, paste\./],
    ["a domain where there is none", ["anthropic", "--domain", "example.ghe.com"], 1, /Anthropic has no enterprise domains\. Start the sign-in again without one\./],
    ["a domain that is none", ["github-copilot", "--domain", "ghe"], 2, /“ghe” is not the domain of an enterprise\. Write it like example\.ghe\.com\./],
  ] as const) {
    it(`refuses ${what} with ${exit}, before anything is opened`, async () => {
      const { code, stdout, stderr } = await runCli(["auth", "login", ...args], scene.env);
      assert.deepEqual([code, stdout], [exit, ""]);
      assert.match(stderr, words);
      assert.equal(vendorsWereAsked(), false);
    });
  }

  it("takes the address of the page that did not load with --flow paste", async () => {
    const run = start(["openai-codex", "--flow", "paste"]);
    const address = await scene.person.consentWithoutRedirect(await addressOf(run));
    assert.match(address, /^http:\/\/localhost:1455\/auth\/callback\?/);
    run.type(`${address}\n`);
    assert.match((await run.result).stdout, /as grace@example\.com \(openai-codex:default\)/);
  });

  it("says, with 2, that nobody was there to answer when the input ends before a code is pasted", async () => {
    const { code, stderr } = await runCli(["auth", "login", "openai-codex", "--flow", "paste", "--no-browser"], scene.env);
    assert.equal(code, 2);
    assert.match(stderr, /^Nobody was there to answer: the input ended before the sign-in to OpenAI was finished\. Sign in again in a terminal, or with “AIHub: Login” in VS Code\.$/m);
    assert.doesNotMatch(stderr, /Cancelled/);
    assert.deepEqual(await signInsUnderWay(scene.home.aihub), []);
  });

  it("is refused by the vendor with a code that another sign-in has used", async () => {
    const first = start(["anthropic", "--flow", "paste"]);
    const { url } = await scene.person.consent(await addressOf(first));
    const used = new URL(url).searchParams.get("code");
    first.type(`${url}\n`);
    assert.equal((await first.result).code, 0);
    const second = start(["anthropic", "--flow", "paste"]);
    await addressOf(second);
    second.type(`${used}\n`);
    second.child.stdin.end();
    const { code, stderr } = await second.result;
    assert.equal(code, 1);
    assert.match(stderr, /did not accept the code: it was used before, has expired, or is not complete\. Authorize once more/);
  });

  it("signs in at an enterprise with --domain", async () => {
    const run = start(["github-copilot", "--domain", "https://example.ghe.com/"]);
    assert.equal(await addressOf(run), "https://example.ghe.com/login/device");
    await enterCode(run);
    assert.match((await run.result).stdout, /as linus-example@example\.ghe\.com \(github-copilot:default\)/);
  });

  describe("over SSH, with nothing forwarded", () => {
    it("takes the code of Anthropic's own page", async () => {
      const run = start(["anthropic"], overSsh());
      const address = await addressOf(run);
      assert.equal(new URL(new URL(address).searchParams.get("redirect_uri")!).host, "console.anthropic.com");
      const { text } = await scene.person.consent(address);
      const [, code = ""] = /<code id="code">([^<]+)<\/code>/.exec(text)!;
      assert.match(code, /^\S+#\S+$/);
      run.type(`  ${code}  \n`);
      assert.match((await run.result).stdout, /as ada@example\.com/);
    });

    it("shows a device code of OpenAI's", async () => {
      const run = start(["openai-codex"], overSsh());
      assert.equal(await addressOf(run), "https://auth.openai.com/codex/device");
      await enterCode(run);
      assert.match((await run.result).stdout, /as grace@example\.com/);
    });

    it("goes another way when “?” is entered", async () => {
      const run = start(["openai-codex"], overSsh());
      await run.output(/Having trouble\? Try another way: with an address to paste \(enter \?\)\./);
      run.type("?\n");
      const [, address = ""] = await run.output(/(https:\/\/auth\.openai\.com\/oauth\/authorize\S+)/);
      await run.output(/Having trouble\? Try another way: with a device code \(enter \?\)\./);
      run.type(`${await scene.person.consentWithoutRedirect(address)}\n`);
      assert.match((await run.result).stdout, /as grace@example\.com/);
    });
  });
});
