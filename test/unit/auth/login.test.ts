import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { login } from "../../../src/auth/login";
import type { Profile } from "../../../src/auth/profiles";
import { providerById } from "../../../src/providers/registry";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import type { Account } from "../../sandbox/persons";
import { signJwt } from "../../sandbox/jwt";
import { storedCredentials } from "../../support/storedCredential";
import { moveHome, useSandbox } from "../../support/useSandbox";
import { consentingUi, useVendorsInProcess } from "./inProcess";

describe("a sign-in never takes another account's place", () => {
  const scene = useSandbox();
  useVendorsInProcess(scene);
  beforeEach(() => moveHome(scene));

  const ada = { email: "ada@example.com" };
  const grace = { email: "grace@example.com" };

  const signInAs = (account: Account, profile?: string, provider = "anthropic"): Promise<Profile> => {
    scene.sandbox.signIn(provider === "anthropic" ? "anthropic" : "openai", account);
    const options = { provider: providerById(provider), store: createFileCredentialStore(scene.home.aihub), ui: consentingUi(scene) };
    return login({ ...options, signal: new AbortController().signal, ...(profile ? { profile } : {}) });
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

  it("on a profile of another provider leaves that one alone", async () => {
    await signInAs(grace, undefined, "openai-codex");
    const before = (await stored())["openai-codex"];
    // It may be refused, or land where it belongs.
    const profile = await signInAs(ada, "openai-codex:default").catch(() => undefined);
    if (profile) assert.equal(profile.id, "anthropic:default");
    const { "openai-codex": after, ...others } = await stored();
    assert.deepEqual(after, before);
    assert.deepEqual(Object.keys(others), profile ? ["anthropic"] : []);
    assert.equal((await labels())["openai-codex:default"], "grace@example.com");
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
