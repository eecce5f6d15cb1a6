import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { chooseKeySource, resolveApiKeyForProfile, resolveApiKeyForProvider, type AuthConfig, type ResolvedKey } from "../../../src/auth/resolve";
import { recordFailure, recordSuccess } from "../../../src/auth/usage";
import type { CredentialStore } from "../../../src/store/credentialStore";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { storePaths } from "../../../src/store/paths";
import { credentialKey } from "../../../src/store/profileId";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

describe("the key for a request", () => {
  let home: TemporaryHome;
  let store: CredentialStore;
  /** Signs in, and spoils what is stored. */
  const spoil = async (id: string, expires: unknown, access = "") => {
    await signIn(id);
    await writeFile(storePaths(home.aihub).credentials, JSON.stringify({ [credentialKey(id)]: { type: "oauth", access, refresh: "R", expires } }), { mode: 0o600 });
  };

  beforeEach(async () => {
    home = await createTemporaryHome();
    store = createFileCredentialStore(home.aihub);
  });
  afterEach(() => home.remove());

  const signIn = (id: string) =>
    store.update((draft) => {
      draft.credentials[id] = { type: "oauth", access: `token of ${id}`, refresh: `refresh of ${id}`, expires: Date.now() + 3_600_000 };
      draft.index.profiles[id] = { provider: id.split(":")[0]!, type: "oauth", label: id };
    });
  const addKey = (id: string, key: string) => store.update((draft) => void (draft.index.profiles[id] = { provider: id.split(":")[0]!, type: "api_key", label: id, key }));
  const resolve = (config: AuthConfig | undefined, env: NodeJS.ProcessEnv = {}, provider = "anthropic") =>
    resolveApiKeyForProvider({ store, provider, config, env, agent: "pilot" });
  const from = ({ source }: ResolvedKey) => (source.kind === "profile" ? source.profile.id : source.kind === "environment" ? source.variable : source.baseUrl);

  const token = { ANTHROPIC_OAUTH_TOKEN: "token of the environment" };
  const key = { ANTHROPIC_API_KEY: "key of the environment" };

  describe("with nothing set takes, in this order,", () => {
    it("the OAuth-token variable", async () => {
      await signIn("anthropic:default");
      assert.equal(from(await resolve(undefined, { ...token, ...key })), "ANTHROPIC_OAUTH_TOKEN");
    });
    it("the stored sign-in", async () => {
      await signIn("anthropic:default");
      const resolved = await resolve({}, key);
      assert.equal(from(resolved), "anthropic:default");
      assert.equal(resolved.key, "token of anthropic:default");
    });
    it("the stored sign-in, also where it says no expiry", async () => {
      await spoil("anthropic:default", null, "A");
      assert.equal(from({ key: "", source: await chooseKeySource({ store, provider: "anthropic", env: key }) }), "anthropic:default");
    });
    it("the API-key variable", async () => assert.equal(from(await resolve({}, key)), "ANTHROPIC_API_KEY"));
    it("or says which sign-in cannot be read, and lets no API key pay instead", async () => {
      await spoil("anthropic:default", Date.now() + 3_600_000);
      const unreadable = { code: "profile_unreadable", message: /The profile anthropic:default in \S+oauth\.json cannot be read: access is not as expected/ };
      for (const config of [{}, { mode: "oauth" }, { profileId: "anthropic:default" }] as const) await assert.rejects(resolve(config, key), unreadable);
      assert.equal(from(await resolve({ mode: "api_key" }, key)), "ANTHROPIC_API_KEY");
      await store.update((draft) => void (draft.credentials["anthropic:work"] = { type: "oauth", access: "A", refresh: "R", expires: Date.now() + 3_600_000 }));
      assert.equal(from(await resolve({}, key)), "anthropic:work");
    });
    it("or names the three ways to fix it", () =>
      assert.rejects(resolve({}), /aihub auth login anthropic.*ANTHROPIC_OAUTH_TOKEN or ANTHROPIC_API_KEY.*auth\.profileId/));
  });

  describe("with mode oauth", () => {
    it("is never the environment's", async () => {
      await assert.rejects(resolve({ mode: "oauth" }, { ...token, ...key }), { code: "not_signed_in" });
      await signIn("anthropic:default");
      assert.equal(from(await resolve({ mode: "oauth" }, { ...token, ...key })), "anthropic:default");
    });
    it("is the named profile's, also when only the profile is named", async () => {
      await signIn("anthropic:default");
      await signIn("anthropic:work");
      assert.equal(from(await resolve({ mode: "oauth", profileId: "anthropic:work" })), "anthropic:work");
      assert.equal(from(await resolve({ profileId: "anthropic:work" }, token)), "anthropic:work");
    });
    it("is never another provider's, whatever the index says", async () => {
      await signIn("anthropic:default");
      await store.update(({ index }) => void (index.profiles["anthropic:default"]!.provider = "openai-codex"));
      await assert.rejects(resolve({ mode: "oauth" }, {}, "openai-codex"), { code: "not_signed_in" });
      await assert.rejects(resolve({ mode: "oauth", profileId: "anthropic:default" }, {}, "openai-codex"), { code: "profile_of_other_provider" });
      assert.equal(from(await resolve({}, key)), "anthropic:default");
    });
    it("refuses a profile that is not there, is another provider's, or holds an API key", async () => {
      await signIn("openai-codex:default");
      await addKey("anthropic:ci", "$env:CI_KEY");
      await assert.rejects(resolve({ mode: "oauth", profileId: "anthropic:gone" }), { code: "unknown_profile" });
      await assert.rejects(resolve({ mode: "oauth", profileId: "openai-codex:default" }), { code: "profile_of_other_provider" });
      await assert.rejects(resolve({ mode: "oauth", profileId: "anthropic:ci" }), { code: "profile_does_not_fit_mode" });
    });
  });

  describe("with mode api_key", () => {
    it("is never a subscription's", async () => {
      await signIn("anthropic:default");
      await assert.rejects(resolve({ mode: "api_key" }, token), { code: "no_api_key" });
      await assert.rejects(resolve({ mode: "api_key", profileId: "anthropic:default" }, key), { code: "profile_does_not_fit_mode" });
    });
    it("is an API-key profile's before the variable's", async () => {
      assert.equal(from(await resolve({ mode: "api_key" }, key)), "ANTHROPIC_API_KEY");
      await addKey("anthropic:ci", "$env:CI_KEY");
      const resolved = await resolve({ mode: "api_key" }, { ...key, CI_KEY: "key of ci" });
      assert.deepEqual([from(resolved), resolved.key], ["anthropic:ci", "key of ci"]);
      await assert.rejects(resolve({ mode: "api_key" }, key), /environment variable CI_KEY is not set/);
    });
  });

  describe("for a provider without a sign-in, when there is none,", () => {
    const toKey = 'the agent\'s auth.mode to "api_key"';
    for (const [what, provider, config, words] of [
      ["with nothing set", "openai", {}, `There is no way to reach openai yet. Set OPENAI_API_KEY, or set ${toKey} and its auth.profileId to a profile with a key.`],
      ["with mode api_key", "openai", { mode: "api_key" }, "There is no API key for openai. Set OPENAI_API_KEY."],
      ["with mode oauth", "openai", { mode: "oauth" }, `AIHub has no sign-in for openai. Set ${toKey}, or its model.provider to one with a sign-in: anthropic, openai-codex, github-copilot.`],
      ["with a profile that is not there", "openai", { mode: "api_key", profileId: "openai:gone" }, "There is no profile “openai:gone”. Known: none. Name another one, or leave it out."],
      ["with nothing set, and unknown", "foo", {}, `There is no way to reach foo yet. Correct model.provider, or set ${toKey} and its auth.profileId to a profile with a key.`],
      ["with mode api_key, and unknown", "foo", { mode: "api_key" }, "There is no API key for foo, and AIHub knows no variable for one. Correct model.provider, or name a profile with a key in the agent's auth.profileId."],
    ] as const) {
      it(`${what}, leads to no sign-in`, () => assert.rejects(resolve(config, {}, provider), { message: words }));
    }

    it("is had in each way that it names", async () => {
      assert.equal(from(await resolve({ mode: "api_key" }, { OPENAI_API_KEY: "key of the environment" }, "openai")), "OPENAI_API_KEY");
      await addKey("foo:ci", "key of ci");
      assert.equal(from(await resolve({ mode: "api_key", profileId: "foo:ci" }, {}, "foo")), "foo:ci");
    });
  });

  it("for a provider without API keys leads to its sign-in", () =>
    assert.rejects(resolve({ mode: "api_key" }, {}, "github-copilot"), { message: 'GitHub Copilot takes no API key here. Set the agent\'s auth.mode to "oauth".' }));

  it("with mode proxy is what the config says, and nothing else", async () => {
    await signIn("anthropic:default");
    const config: AuthConfig = { mode: "proxy", baseUrl: "http://127.0.0.1:8317", authToken: "$env:PROXY_TOKEN" };
    const resolved = await resolve(config, { ...token, ...key, PROXY_TOKEN: "token of the proxy" });
    assert.deepEqual([from(resolved), resolved.key], ["http://127.0.0.1:8317", "token of the proxy"]);
    await assert.rejects(resolve({ ...config, authToken: undefined }, token), /model\.auth_token/);
    await assert.rejects(resolve({ mode: "proxy" }, token), /model\.base_url/);
    await assert.rejects(resolve({ ...config, profileId: "anthropic:default" }, { PROXY_TOKEN: "x" }), { code: "profile_does_not_fit_mode" });
    await assert.rejects(resolve({ ...config, profileId: "anthropic:gone" }, { PROXY_TOKEN: "x" }), { code: "unknown_profile" });
  });

  it("with a mode that nobody knows is nobody's", async () => {
    await signIn("anthropic:default");
    const config = JSON.parse('{ "mode": "OAuth" }') as AuthConfig;
    await assert.rejects(resolve(config, { ...token, ...key }), { code: "unknown_auth_mode", message: /^“OAuth” is not an auth\.mode\. Set it to / });
  });

  describe("with several accounts", () => {
    beforeEach(async () => {
      for (const id of ["anthropic:default", "anthropic:home", "anthropic:work"]) await signIn(id);
    });

    it("follows the person's order, before the last good one", async () => {
      await recordSuccess(store, "anthropic:home");
      assert.equal(from(await resolve({ mode: "oauth" })), "anthropic:home");
      await store.update(({ index }) => void (index.order = { anthropic: ["anthropic:work", "anthropic:default"] }));
      assert.equal(from(await resolve({ mode: "oauth" })), "anthropic:work");
    });

    it("lets an account rest for 1, 5, 25 and 60 minutes after failures, until it works again", async () => {
      const hours = [1, 5, 25, 60, 60].map((minutes, index, all) => ({ minutes, left: all.slice(index).reduce((sum, each) => sum + each, 0) }));
      const end = Date.now() + 60_000;
      for (const { minutes, left } of hours) {
        const now = end - left * 60_000;
        // What is refused while it rests is no further failure.
        for (const later of [0, 10_000]) await recordFailure(store, "anthropic:default", now + later);
        assert.equal((await store.read()).index.usageStats?.["anthropic:default"]?.cooldownUntil, now + minutes * 60_000);
      }
      assert.equal(from(await resolve({ mode: "oauth" })), "anthropic:home");
      await recordSuccess(store, "anthropic:default");
      assert.equal(from(await resolve({ mode: "oauth" })), "anthropic:default");
    });

    it("goes by the last good one again after all that stood in an order have gone", async () => {
      await store.update(({ index }) => void (index.order = { anthropic: [] }));
      await recordSuccess(store, "anthropic:home");
      assert.equal(from(await resolve({ mode: "oauth" })), "anthropic:home");
    });

    it("still uses an account that rests when there is no other, and when it is named", async () => {
      for (const id of ["anthropic:default", "anthropic:home", "anthropic:work"]) await recordFailure(store, id);
      assert.equal(from(await resolve({ mode: "oauth" })), "anthropic:default");
      assert.equal(from(await resolve({ mode: "oauth", profileId: "anthropic:work" })), "anthropic:work");
    });
  });

  it("for a profile says where it came from", async () => {
    await signIn("anthropic:work");
    assert.equal(from(await resolveApiKeyForProfile({ store, profileId: "anthropic:work", env: {} })), "anthropic:work");
    await assert.rejects(resolveApiKeyForProfile({ store, profileId: "anthropic:gone" }), /no profile “anthropic:gone”\. Known: anthropic:work/);
  });
});
