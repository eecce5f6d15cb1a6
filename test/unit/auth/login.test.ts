import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Profile } from "../../../src/auth/profiles";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import type { Account } from "../../sandbox/persons";
import { signJwt } from "../../sandbox/jwt";
import { storedCredentials } from "../../support/storedCredential";
import { moveHome, useSandbox } from "../../support/useSandbox";
import { consentingUi, signInWith, useVendorsInProcess } from "./inProcess";

describe("a sign-in never takes another account's place", () => {
  const scene = useSandbox();
  useVendorsInProcess(scene);
  beforeEach(() => moveHome(scene));

  const ada = { email: "ada@example.com" };
  const grace = { email: "grace@example.com" };

  const signInAs = (account: Account, profile?: string, provider = "anthropic"): Promise<Profile> => {
    scene.sandbox.signIn(provider === "anthropic" ? "anthropic" : "openai", account);
    return signInWith(scene, provider, consentingUi(scene), profile ? { profile } : {});
  };
  const stored = () => storedCredentials(scene.home.aihub);
  const labels = async () => {
    const index = JSON.parse(await readFile(join(scene.home.aihub, "agent", "auth-profiles.json"), "utf8")) as { profiles: Record<string, { label?: string }> };
    return Object.fromEntries(Object.entries(index.profiles).map(([id, { label }]) => [id, label]));
  };

  it("on the profile of the same account renews it", async () => {
    await signInAs(ada);
    const before = (await stored()).anthropic!;
    const profile = await signInAs(ada, "anthropic:default");
    assert.deepEqual([profile.id, profile.label, profile.status], ["anthropic:default", "ada@example.com", "connected"]);
    const all = await stored();
    assert.deepEqual(Object.keys(all), ["anthropic"]);
    assert.ok(all.anthropic!.access !== before.access && all.anthropic!.refresh !== before.refresh);
  });

  it("on a profile, as another account, goes to a profile of its own", async () => {
    await signInAs(ada);
    const before = (await stored()).anthropic;
    const profile = await signInAs(grace, "anthropic:default");
    assert.deepEqual([profile.id, profile.label], ["anthropic:grace@example.com", "grace@example.com"]);
    const all = await stored();
    assert.deepEqual(Object.keys(all), ["anthropic", "anthropic:grace@example.com"]);
    assert.deepEqual(all.anthropic, before);
    assert.equal(all["anthropic:grace@example.com"]?.email, "grace@example.com");
    assert.deepEqual(await labels(), { "anthropic:default": "ada@example.com", "anthropic:grace@example.com": "grace@example.com" });
  });

  it("on a profile, as an account that has another one, renews that one", async () => {
    await signInAs(ada);
    await signInAs(grace);
    const before = await stored();
    const profile = await signInAs(grace, "anthropic:default");
    assert.equal(profile.id, "anthropic:grace@example.com");
    const all = await stored();
    assert.deepEqual(all.anthropic, before.anthropic);
    assert.ok(all["anthropic:grace@example.com"]!.access !== before["anthropic:grace@example.com"]!.access);
    assert.deepEqual(Object.keys(all), Object.keys(before));
  });

  it("on a profile of another provider is refused", async () => {
    await signInAs(grace, undefined, "openai-codex");
    const before = (await stored())["openai-codex"];
    await assert.rejects(signInAs(ada, "openai-codex:default"), { code: "profile_of_other_provider" });
    assert.deepEqual(await stored(), { "openai-codex": before });
    assert.equal((await labels())["openai-codex:default"], "grace@example.com");
  });

  it("on the default profile, called by its provider alone as in oauth.json, neither", async () => {
    await signInAs(ada);
    const before = (await stored()).anthropic;
    assert.equal((await signInAs(grace, "anthropic")).id, "anthropic:grace@example.com");
    assert.deepEqual((await stored()).anthropic, before);
    assert.equal((await signInAs(ada, "anthropic")).id, "anthropic:default");
  });

  it("on a profile that cannot have such a name is refused before anything is asked", async () => {
    const before = scene.sandbox.requests().length;
    await assert.rejects(signInAs(ada, "anthropic:a/b"), { code: "invalid_profile_name" });
    assert.equal(scene.sandbox.requests().length, before);
  });

  it("on a profile for an API key leaves that one what it is", async () => {
    const key = { provider: "anthropic", type: "api_key" as const, key: "$env:ANTHROPIC_API_KEY" };
    const store = createFileCredentialStore(scene.home.aihub);
    await store.update(({ index }) => void (index.profiles["anthropic:api-key"] = key));
    for (const time of ["first", "again"]) assert.equal((await signInAs(ada, "anthropic:api-key")).id, "anthropic:default", time);
    assert.deepEqual(Object.keys(await stored()), ["anthropic"]);
    assert.deepEqual((await store.read()).index.profiles["anthropic:api-key"], key);
  });

  it("on a profile whose tokens somebody removed is under its own name", async () => {
    await signInAs(ada);
    await rm(join(scene.home.aihub, "credentials", "oauth.json"));
    const profile = await signInAs(grace);
    assert.deepEqual([profile.id, profile.label], ["anthropic:default", "grace@example.com"]);
  });

  it("goes to the same profile when the account has another name by now", async () => {
    await signInAs(ada);
    const { accountId } = (await stored()).anthropic!;
    for (const wanted of ["anthropic:default", undefined]) {
      scene.sandbox.alterNextTokenReply("anthropic", { account: { uuid: accountId, email_address: "ada.byron@example.com" } });
      assert.equal((await signInAs(ada, wanted)).id, "anthropic:default");
    }
    assert.equal((await stored()).anthropic?.email, "ada.byron@example.com");
  });

  it("goes to the wanted profile when only the id of its account was known", async () => {
    await signInAs(grace, undefined, "openai-codex");
    await createFileCredentialStore(scene.home.aihub).update(({ credentials }) => void delete credentials["openai-codex:default"]!.email);
    assert.equal((await signInAs(grace, "openai-codex:default", "openai-codex")).id, "openai-codex:default");
    assert.deepEqual(Object.keys(await stored()), ["openai-codex"]);
  });

  it("keeps one person's sign-ins in two organizations of Anthropic apart, and tells them apart", async () => {
    const signInTo = (name: string) => {
      scene.sandbox.alterNextTokenReply("anthropic", { organization: { uuid: `organization-of-${name}`, name } });
      return signInAs(ada);
    };
    assert.equal((await signInTo("Ada")).label, "ada@example.com");
    const before = (await stored()).anthropic;
    assert.deepEqual([(await signInTo("Acme")).label, (await signInTo("Acme")).label], ["ada@example.com (Acme)", "ada@example.com (Acme)"]);
    assert.deepEqual((await stored()).anthropic, before);
    assert.equal((await signInTo("Ada")).id, "anthropic:default");
    assert.equal(Object.keys(await stored()).length, 2);
  });

  describe("with one address in three workspaces of OpenAI", () => {
    const signInTo = (workspace: string) => {
      scene.sandbox.alterNextTokenReply("openai", { access_token: accessTo(workspace) });
      return signInAs(grace, undefined, "openai-codex");
    };
    const workspaces = async () => Object.fromEntries(Object.entries(await stored()).map(([key, { accountId }]) => [key, accountId]));
    const all = {
      "openai-codex": "workspace-1",
      "openai-codex:grace@example.com": "workspace-2",
      "openai-codex:grace@example.com-2": "workspace-3",
    };

    it("keeps the tokens of all of them, under labels of their own", async () => {
      const profiles = [await signInTo("workspace-1"), await signInTo("workspace-2"), await signInTo("workspace-3")];
      assert.deepEqual(await workspaces(), all);
      assert.equal(new Set(Object.values(await stored()).map(({ refresh }) => refresh)).size, 3);
      assert.equal(new Set(profiles.map(({ label }) => label)).size, 3);
      assert.deepEqual(profiles.map(({ label }) => label.startsWith("grace@example.com")), [true, true, true]);
    });

    it("finds each again by its workspace", async () => {
      for (const workspace of Object.values(all)) await signInTo(workspace);
      const before = await stored();
      const profile = await signInTo("workspace-2");
      assert.equal(profile.id, "openai-codex:grace@example.com");
      assert.deepEqual(await workspaces(), all);
      const after = await stored();
      assert.deepEqual(Object.keys(all).filter((key) => after[key]!.refresh !== before[key]!.refresh), ["openai-codex:grace@example.com"]);
    });
  });
});

/** An access token as OpenAI gives it for one of a person's workspaces. */
function accessTo(workspace: string): string {
  const claims = {
    "https://api.openai.com/auth": { chatgpt_account_id: workspace },
    "https://api.openai.com/profile": { email: "grace@example.com", email_verified: true },
  };
  return signJwt(claims, 3600);
}
