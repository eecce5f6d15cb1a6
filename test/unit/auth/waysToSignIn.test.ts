import assert from "node:assert/strict";
import type { LoginOptions } from "../../../src/auth/login";
import type { LoginEnvironment, LoginUi, Question } from "../../../src/auth/loginUi";
import type { Profile } from "../../../src/auth/profiles";
import { freshCredential } from "../../../src/auth/refresh";
import { providerById } from "../../../src/providers/registry";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { isFree, useOccupiedPorts } from "../../support/ports";
import { expireStored, storedCredentials } from "../../support/storedCredential";
import { moveHome, useSandbox } from "../../support/useSandbox";
import { consentingUi, signInWith, useVendorsInProcess } from "./inProcess";

describe("the way to sign in", () => {
  const scene = useSandbox();
  useVendorsInProcess(scene);
  const occupy = useOccupiedPorts();
  beforeEach(() => moveHome(scene));
  afterEach(() => scene.sandbox.clearFaults());

  const store = () => createFileCredentialStore(scene.home.aihub);
  const stored = () => storedCredentials(scene.home.aihub);
  const signIn = (provider: string, behaviour: Partial<LoginUi>, options: Partial<LoginOptions> = {}): Promise<Profile> =>
    signInWith(scene, provider, { ...consentingUi(scene), ...behaviour }, options);
  const overSsh = (): Promise<LoginEnvironment> => Promise.resolve({ uiKind: "terminal", remoteName: "ssh" });

  /** A person at a browser whose address bar is all that reaches this machine. */
  const pastingPerson = () => {
    let address = "";
    return {
      openBrowser: async (url: string) => void (address = await scene.person.consentWithoutRedirect(url)),
      ask: () => Promise.resolve(address),
    };
  };

  it("leads from the browser to a device code, to a pasted address and round again", async () => {
    const offered: string[] = [];
    const listening: boolean[] = [];
    const leave = async ({ anotherWay }: Pick<Question, "anotherWay">) => {
      offered.push(anotherWay?.label ?? "none");
      listening.push(!(await isFree(1455)));
      anotherWay?.run();
    };
    let opened = 0;
    const consenting = consentingUi(scene);
    const profile = await signIn("openai-codex", {
      // The first two times (a redirect, an address to paste) the person cannot do it.
      openBrowser: (url) => (++opened < 3 ? Promise.resolve() : consenting.openBrowser(url)),
      ask: async (question, signal) => (opened < 3 ? leave(question).then(() => undefined) : consenting.ask(question, signal)),
      showDeviceCode: leave,
    });
    assert.deepEqual(offered, ["with a device code", "with an address to paste", "with the browser"].map((way) => `Having trouble? Try another way: ${way}`));
    assert.deepEqual(listening, [true, false, false]);
    assert.deepEqual([opened, profile.label], [3, "grace@example.com"]);
    assert.ok(await isFree(1455));
  });

  it("is a pasted address where OpenAI has device codes switched off", async () => {
    scene.sandbox.addFault({ kind: "status", status: 404, path: "/api/accounts/deviceauth/usercode" });
    const told: string[] = [];
    const profile = await signIn("openai-codex", { environment: overSsh, inform: (message) => told.push(message), ...pastingPerson() });
    assert.equal(profile.label, "grace@example.com");
    assert.equal(told.length, 1);
    assert.match(told[0]!, /device codes switched off.* Going on with an address to paste\.$/);
  });

  it("is a device code where OpenAI's ports are taken, which are named", async () => {
    await occupy(1455);
    await occupy(1457);
    const told: string[] = [];
    let browsers = 0;
    const profile = await signIn("openai-codex", { inform: (message) => told.push(message), openBrowser: () => Promise.resolve(void browsers++) });
    assert.deepEqual([profile.label, browsers], ["grace@example.com", 0]);
    assert.match(told.join(), /^The ports 1455, 1457 that OpenAI needs are in use.* Going on with a device code\.$/);
    await assert.rejects(signIn("openai-codex", {}, { flow: "loopback" }), { code: "ports_in_use" });
  });

  it("is another one where the editor gives the redirect another port than OpenAI takes", async () => {
    const moved = (uri: string) => Promise.resolve(uri.replace(/:\d+/, ":40123"));
    let browsers = 0;
    const profile = await signIn("openai-codex", { externalUri: moved, openBrowser: () => Promise.resolve(void browsers++) });
    assert.deepEqual([profile.label, browsers], ["grace@example.com", 0]);
    await assert.rejects(signIn("openai-codex", { externalUri: moved }, { flow: "loopback" }), { code: "ports_in_use" });
  });

  it("is the one that is preferred, and no other is begun", async () => {
    let browsers = 0;
    const profile = await signIn("openai-codex", { openBrowser: () => Promise.resolve(void browsers++) }, { preferredFlow: "device" });
    assert.deepEqual([profile.label, browsers], ["grace@example.com", 0]);
    const pasted = await signIn("anthropic", pastingPerson(), { preferredFlow: "paste" });
    assert.equal(pasted.label, "ada@example.com");
  });

  it("is none that the provider has not", async () => {
    await assert.rejects(signIn("anthropic", {}, { flow: "device" }), { code: "flow_not_available" });
    await assert.rejects(signIn("anthropic", {}, { domain: "example.ghe.com" }), { code: "domain_not_taken" });
  });

  describe("to Copilot", () => {
    const enterprise = { domain: "example.ghe.com" };
    let earlier: number;
    beforeEach(() => (earlier = scene.sandbox.requests().length));
    /** The hosts that were asked since. */
    const hostsNow = () => [...new Set(scene.sandbox.requests().slice(earlier).map(({ host }) => host))];

    it("on an enterprise's domain keeps the domain, and uses its own hosts alone", async () => {
      const profile = await signIn("github-copilot", {}, enterprise);
      assert.deepEqual([profile.id, profile.label], ["github-copilot:default", "linus-example@example.ghe.com"]);
      const credential = (await stored())["github-copilot"]!;
      assert.equal(credential.enterpriseUrl, "example.ghe.com");
      assert.equal(providerById("github-copilot").modelBaseUrl?.(credential.access, "example.ghe.com"), "https://api.enterprise.githubcopilot.com");
      assert.deepEqual(hostsNow(), ["example.ghe.com", "api.example.ghe.com"]);
    });

    it("renews and signs in again where the account is", async () => {
      await signIn("github-copilot", {}, enterprise);
      const before = (await stored())["github-copilot"]!;
      await expireStored(scene.home.aihub, "github-copilot");
      earlier = scene.sandbox.requests().length;
      const renewed = await freshCredential({ store: store(), profile: "github-copilot:default" });
      assert.deepEqual([renewed.access === before.access, renewed.enterpriseUrl, hostsNow()], [false, "example.ghe.com", ["api.example.ghe.com"]]);
      const again = await signIn("github-copilot", {}, { profile: "github-copilot:default" });
      assert.equal(again.id, "github-copilot:default");
      assert.deepEqual(hostsNow().sort(), ["api.example.ghe.com", "example.ghe.com"]);
      assert.equal((await stored())["github-copilot"]!.enterpriseUrl, "example.ghe.com");
    });

    it("takes the same name on github.com for another account", async () => {
      await signIn("github-copilot", {}, enterprise);
      const profile = await signIn("github-copilot", {});
      assert.deepEqual([profile.id, profile.label], ["github-copilot:linus-example", "linus-example"]);
      const places = Object.entries(await stored()).map(([key, { enterpriseUrl }]) => [key, enterpriseUrl]);
      assert.deepEqual(places, [["github-copilot", "example.ghe.com"], ["github-copilot:linus-example", undefined]]);
    });

    it("asks for the domain only who wants that, and again while it is none", async () => {
      const questions: Question[] = [];
      const answers = ["not a domain", "https://user@example.ghe.com", " https://Example.ghe.com/login "];
      const consenting = consentingUi(scene);
      const profile = await signIn("github-copilot", {
        ask: (question) => Promise.resolve((questions.push(question), answers[questions.length - 1])),
        async showDeviceCode(code, signal) {
          if (code.verificationUri === "https://github.com/login/device") code.anotherWay?.run();
          else await consenting.showDeviceCode(code, signal);
        },
      });
      assert.equal(profile.label, "linus-example@example.ghe.com");
      assert.deepEqual(questions.map(({ problem }) => problem?.slice(0, 20)), [undefined, "“not a domain” is no", "“https://user@exampl"]);
      assert.equal(questions[1]?.value, "not a domain");
    });

    it("asks again for a domain that nobody signs in at, and names it", async () => {
      const path = "/login/device/code";
      const notFound = { kind: "status", status: 404, host: "example.ghe.com", path } as const;
      scene.sandbox.addFault(notFound);
      await assert.rejects(signIn("github-copilot", {}, enterprise), /“example\.ghe\.com” is not the domain of an enterprise/);
      scene.sandbox.addFault(notFound);
      const questions: Question[] = [];
      const consenting = consentingUi(scene);
      const profile = await signIn("github-copilot", {
        ask: (question) => Promise.resolve((questions.push(question), "Example.ghe.com")),
        async showDeviceCode(code, signal) {
          if (code.verificationUri === "https://github.com/login/device") code.anotherWay?.run();
          else await consenting.showDeviceCode(code, signal);
        },
      });
      assert.equal(profile.label, "linus-example@example.ghe.com");
      assert.equal(questions.length, 2);
      assert.match(questions[1]?.problem ?? "", /^“example\.ghe\.com” is not the domain of an enterprise\./);
      assert.equal(questions[1]?.value, "Example.ghe.com");
    });

    it("refuses a domain that is none before anything is opened", async () => {
      await assert.rejects(signIn("github-copilot", {}, { domain: "localhost" }), { code: "invalid_domain" });
      assert.deepEqual(hostsNow(), []);
    });
  });
});
