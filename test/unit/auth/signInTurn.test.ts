import assert from "node:assert/strict";
import { login } from "../../../src/auth/login";
import type { LoginUi } from "../../../src/auth/loginUi";
import { providerById } from "../../../src/providers/registry";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { runCli, startCli, type CliRun } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { expireStored, signInsUnderWay, storedCredentials } from "../../support/storedCredential";
import { moveHome, useSandbox } from "../../support/useSandbox";
import { consentingUi, signInWith, useVendorsInProcess } from "./inProcess";

describe("two sign-ins at once", () => {
  const scene = useSandbox();
  useVendorsInProcess(scene);
  let earlier: number;
  beforeEach(async () => {
    await moveHome(scene);
    earlier = scene.sandbox.requests().length;
  });
  afterEach(async () => assert.deepEqual(await signInsUnderWay(scene.home.aihub), []));

  const start = (provider = "anthropic", ...options: string[]) => startCli(["auth", "login", provider, "--no-browser", ...options], scene.env);
  const addressOf = async (run: CliRun) => (await run.output(/(https:\/\/claude\.ai\S+)/))[1]!;
  const consents = () => scene.sandbox.requests().slice(earlier).filter(({ method, path }) => method === "POST" && path === "/oauth/authorize").length;
  const deviceOf = async (run: CliRun): Promise<[page: string, userCode: string]> => {
    const [, page = ""] = await run.output(/(https:\/\/\S+\/login\/device)/);
    const [, userCode = ""] = await run.output(/^ {2}(\S+-\S+)$/m);
    return [page, userCode];
  };
  const waitsFor = (run: CliRun, who: string, provider = "Anthropic") => run.errors(new RegExp(`Another sign-in is under way: ${who} is signing in to ${provider}\\.`));
  const terminal = ({ child }: CliRun) => `a terminal \\(process ${child.pid}\\)`;

  /** One that is signing in, and one that waits for it. */
  const twoRuns = async (...options: string[]) => {
    const first = start();
    const address = await addressOf(first);
    const second = start("anthropic", ...options);
    await waitsFor(second, terminal(first));
    return { first, second, address };
  };

  it("are one: the second says who is at it and takes over the result", async () => {
    const { first, second, address } = await twoRuns();
    await scene.person.consent(address);
    assert.match((await first.result).stdout, /as ada@example\.com \(anthropic:default\)/);
    const { code, stdout } = await second.result;
    assert.equal(code, 0);
    assert.match(stdout, /Logged in to Anthropic \(Claude Pro\/Max\) as ada@example\.com \(anthropic:default\)/);
    assert.doesNotMatch(stdout, /https:\/\/claude\.ai/);
    assert.equal(consents(), 1);
  });

  it("are one also beside another kind of place", async () => {
    let consent: () => void = () => {};
    const consenting = consentingUi(scene);
    const ui: LoginUi = { ...consenting, place: "Code (work)", openBrowser: (url) => Promise.resolve(void (consent = () => void consenting.openBrowser(url))) };
    const store = createFileCredentialStore(scene.home.aihub);
    const opened = new Promise<void>((resolve) => (ui.progress = () => resolve()));
    const inEditor = login({ provider: providerById("anthropic"), store, ui, signal: new AbortController().signal });
    await opened;
    const inTerminal = start();
    await waitsFor(inTerminal, `Code \\(work\\) \\(process ${process.pid}\\)`);
    consent();
    assert.equal((await inEditor).id, "anthropic:default");
    assert.equal((await inTerminal.result).code, 0);
    assert.equal(consents(), 1);
  });

  for (const [how, signal, code] of [["is cancelled", "SIGINT", 130], ["dies", "SIGKILL", null]] as const) {
    it(`leave the second to sign in itself when the first ${how}`, async () => {
      const { first, second } = await twoRuns();
      first.child.kill(signal);
      assert.equal((await first.result).code, code);
      await scene.person.consent(await addressOf(second));
      assert.equal((await second.result).code, 0);
    });
  }

  it("leave one of those that wait the next turn when the first is cancelled", async () => {
    const { first, second } = await twoRuns();
    const third = start();
    await waitsFor(third, terminal(first));
    first.child.kill("SIGINT");
    const [next, last, address] = await Promise.race([
      addressOf(second).then((url) => [second, third, url] as const),
      addressOf(third).then((url) => [third, second, url] as const),
    ]);
    await waitsFor(last, terminal(next));
    await scene.person.consent(address);
    assert.deepEqual([(await next.result).code, (await last.result).code, consents()], [0, 0, 1]);
  });

  it("leave the second to sign in itself when the first is cancelled, also when a token was renewed meanwhile", async () => {
    assert.equal((await signIn(scene, "anthropic")).code, 0);
    const { first, second } = await twoRuns();
    await expireStored(scene.home.aihub, "anthropic");
    assert.equal((await runCli(["auth", "token", "anthropic"], scene.env)).code, 0);
    first.child.kill("SIGINT");
    assert.equal((await first.result).code, 130);
    await scene.person.consent(await addressOf(second));
    assert.equal((await second.result).code, 0);
  });

  it("are two when the person wants that", async () => {
    const first = start();
    const address = await addressOf(first);
    const options: string[] = [];
    const consenting = consentingUi(scene);
    const ui: LoginUi = { ...consenting, choose: (choice, signal) => (options.push(...choice.options.map(({ label }) => label)), consenting.choose(choice, signal)) };
    const store = createFileCredentialStore(scene.home.aihub);
    assert.equal((await login({ provider: providerById("anthropic"), store, ui, signal: new AbortController().signal })).id, "anthropic:default");
    assert.equal(options.at(-1), "Sign in here as well");
    await scene.person.consent(address);
    assert.equal((await first.result).code, 0);
    assert.deepEqual([consents(), Object.keys(await storedCredentials(scene.home.aihub))], [2, ["anthropic"]]);
  });

  it("are two when the person wants that, and a third that waits has the result of the one it waits for", async () => {
    const { first, second: waiting, address } = await twoRuns();
    const consenting = consentingUi(scene);
    let own = "";
    let opened: () => void = () => {};
    const isOpen = new Promise<void>((resolve) => (opened = resolve));
    const ui: LoginUi = { ...consenting, openBrowser: (url) => Promise.resolve(((own = url), opened())) };
    const beside = signInWith(scene, "anthropic", ui, { timeLimit: 60_000 });
    await isOpen;
    await scene.person.consent(address);
    assert.equal((await first.result).code, 0);
    const { code, stdout } = await waiting.result;
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /https:\/\/claude\.ai/);
    await scene.person.consent(own);
    assert.equal((await beside).id, "anthropic:default");
  });

  it("leave the second its input, where that is no terminal: it is for a code", async () => {
    const { first, second } = await twoRuns("--flow", "paste");
    second.type("code#early\n");
    first.child.kill("SIGINT");
    assert.equal((await first.result).code, 130);
    const { url } = await scene.person.consent(await addressOf(second));
    await second.errors(/This code belongs to another sign-in\./);
    second.type(`${url}\n`);
    const { code, stderr } = await second.result;
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /Enter a number/);
  });

  it("are two when the second is for another profile", async () => {
    const { first, second, address } = await twoRuns("--profile", "work");
    await scene.person.consent(address);
    assert.equal((await first.result).code, 0);
    scene.sandbox.signIn("anthropic", { email: "grace@example.com" });
    await scene.person.consent(await addressOf(second));
    assert.match((await second.result).stdout, /as grace@example\.com \(anthropic:work\)/);
    scene.sandbox.signIn("anthropic", { email: "ada@example.com" });
  });

  for (const [where, domain, account] of [
    ["github.com", undefined, "linus-example"],
    ["the enterprise that is asked for", "example.ghe.com", "linus-example@example.ghe.com"],
  ] as const) {
    it(`are ${domain ? "one" : "two"} when the second is for an enterprise and the first is at ${where}`, async () => {
      const enterprise = ["--domain", "https://Example.ghe.com"];
      const first = start("github-copilot", ...(domain ? ["--domain", domain] : []));
      const [page, userCode] = await deviceOf(first);
      const second = start("github-copilot", ...enterprise);
      await waitsFor(second, terminal(first), "GitHub Copilot");
      await scene.person.enterDeviceCode(page, userCode);
      assert.match((await first.result).stdout, new RegExp(`as ${account} \\(github-copilot:default\\)`));
      if (!domain) await scene.person.enterDeviceCode(...(await deviceOf(second)));
      const { code, stdout } = await second.result;
      assert.equal(code, 0);
      assert.match(stdout, /Logged in to GitHub Copilot as linus-example@example\.ghe\.com/);
      assert.equal(/login\/device/.test(stdout), !domain);
    });
  }

  it("are two at two providers", async () => {
    const first = start();
    const address = await addressOf(first);
    assert.equal((await signIn(scene, "openai-codex")).code, 0);
    await scene.person.consent(address);
    assert.equal((await first.result).code, 0);
  });

  it("leave the first alone when the second is cancelled", async () => {
    const { first, second, address } = await twoRuns();
    second.child.kill("SIGINT");
    const { code, stderr } = await second.result;
    assert.equal(code, 130);
    assert.match(stderr, /Cancelled\./);
    await scene.person.consent(address);
    assert.equal((await first.result).code, 0);
  });
});
