import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import type { LoginOptions } from "../../../src/auth/login";
import type { LoginUi } from "../../../src/auth/loginUi";
import type { Profile } from "../../../src/auth/profiles";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import type { Page } from "../../support/person";
import { oauthFile, storedCredentials, storedIndex } from "../../support/storedCredential";
import { moveHome, useSandbox } from "../../support/useSandbox";
import { consentingUi, signInWith, useVendorsInProcess } from "./inProcess";

describe("a sign-in finds its profile:", () => {
  const scene = useSandbox();
  useVendorsInProcess(scene);
  beforeEach(() => moveHome(scene));
  afterEach(() => scene.sandbox.clearFaults());

  const store = () => createFileCredentialStore(scene.home.aihub);
  const signIn = (provider: string, behaviour: Partial<LoginUi>, options: Partial<LoginOptions> = {}): Promise<Profile> =>
    signInWith(scene, provider, { ...consentingUi(scene), ...behaviour }, options);

  describe("an account whose name the vendor does not tell", () => {
    const profilePath = "/api/oauth/profile";
    /** The token reply names nobody, and the profile cannot be had. */
    const namesNobody = (times: number) => {
      scene.sandbox.alterNextTokenReply("anthropic", { account: undefined, organization: undefined });
      scene.sandbox.addFault({ kind: "status", status: 500, path: profilePath, times });
    };

    it("once: it is asked again", async () => {
      namesNobody(1);
      assert.equal((await signIn("anthropic", {})).label, "ada@example.com");
    });

    it("at all: it never takes the place of one that is known, and the person names it", async () => {
      await signIn("anthropic", {});
      const before = (await storedCredentials(scene.home.aihub)).anthropic;
      namesNobody(2);
      const consenting = consentingUi(scene);
      let page: Promise<Page> | undefined;
      const profile = await signIn("anthropic", {
        openBrowser: (url) => Promise.resolve(void (page = scene.person.consent(url))),
        async ask(question, signal) {
          if (!question.prompt.startsWith("Name this account")) return consenting.ask(question, signal);
          // The browser does not wait for what only the person can tell here.
          assert.match((await page!).text, /Go back to where you began/);
          return "second";
        },
      }, { profile: "anthropic:default" });
      assert.equal(profile.id, "anthropic:second");
      assert.deepEqual((await storedCredentials(scene.home.aihub)).anthropic, before);
    });

    it("and a question for it that is closed: the tokens are kept", async () => {
      await signIn("anthropic", {});
      namesNobody(2);
      const consenting = consentingUi(scene);
      const ask: LoginUi["ask"] = (question, signal) => (question.prompt.startsWith("Name this account") ? Promise.resolve(undefined) : consenting.ask(question, signal));
      assert.equal((await signIn("anthropic", { ask })).id, "anthropic:account");
    });
  });

  describe("where something stands that cannot be read,", () => {
    const place = async (entry: object) => {
      const file = oauthFile(scene.home.aihub);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, JSON.stringify({ anthropic: { type: "oauth", ...entry } }), { mode: 0o600 });
    };

    it("it is left alone: nobody knows whose it is", async () => {
      const entry = { access: "a", refresh: { version: 2 } };
      await place(entry);
      assert.equal((await signIn("anthropic", {})).id, "anthropic:ada@example.com");
      assert.deepEqual((await storedCredentials(scene.home.aihub)).anthropic, { type: "oauth", ...entry });
    });

    it("it makes way for one on the very profile", async () => {
      await place({ access: "a", refresh: { version: 2 } });
      assert.equal((await signIn("anthropic", {}, { profile: "anthropic:default" })).status, "connected");
      assert.equal((await storedCredentials(scene.home.aihub)).anthropic?.email, "ada@example.com");
    });
  });

  describe("an API key that is chosen instead:", () => {
    const chooseKey: Partial<LoginUi> = { choose: ({ options }) => Promise.resolve(options.find(({ id }) => id === "key")?.id) };

    it("on the wanted profile, and the notice is not shown again", async () => {
      assert.equal((await signIn("anthropic", chooseKey, { profile: "anthropic:work" })).id, "anthropic:work");
      assert.deepEqual(Object.keys((await storedIndex(scene.home.aihub)).notices ?? {}), ["anthropic"]);
    });

    it("never on a profile that has a sign-in", async () => {
      await store().update(({ index }) => void (index.profiles["anthropic:work"] = { provider: "anthropic", type: "oauth" }));
      const profile = await signIn("anthropic", chooseKey, { profile: "anthropic:work" });
      assert.deepEqual([profile.id, profile.type], ["anthropic:api-key", "api_key"]);
    });
  });

  describe("nothing is waited for because of a record that", () => {
    for (const [what, record] of [
      ["is of the future", () => ({ at: Date.now() + 3_600_000, pid: 1 })],
      ["a process of this number made before", () => ({ at: Date.now(), pid: process.pid })],
    ] as const) {
      it(what, async () => {
        await store().update(({ index }) => void (index.signingIn = { anthropic: { ...record(), host: hostname(), place: "Code" } }));
        const choose: LoginUi["choose"] = ({ options }) => (assert.notEqual(options[0]?.id, "here", "it is waited for"), Promise.resolve(options[0]?.id));
        assert.equal((await signIn("anthropic", { choose })).label, "ada@example.com");
      });
    }

    it("is shown, and never as a link", async () => {
      await store().update(({ index }) => void (index.signingIn = { anthropic: { at: Date.now(), pid: 1, host: "elsewhere", place: "[Click](command:x)" } }));
      let prompt = "";
      await signIn("anthropic", { choose: (choice) => ((prompt = choice.options[0]?.id === "here" ? choice.prompt : prompt), Promise.resolve(choice.options[0]?.id)) });
      assert.match(prompt, /Click/);
      assert.doesNotMatch(prompt, /[[\]]/);
    });
  });
});
