import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { signIn } from "../../support/signIn";
import { oauthFile, storedCredentials } from "../../support/storedCredential";
import { until } from "../../support/until";
import { openStore, useMirrorScene } from "./mirrorScene";

describe("the gateway's copy, when something is in the way", function () {
  this.timeout(120_000);
  const scene = useMirrorScene();

  const { stored, agreed } = scene;

  /** The gateway has renewed Anthropic's tokens, and Anthropic cannot be asked whose they are. */
  const obstruct = async () => {
    const gateway = await scene.gateway();
    await scene.expireEverywhere();
    assert.ok("text" in (await gateway.run("pilot", "Hi")));
    scene.sandbox.addFault({ host: "api.anthropic.com", path: "/api/oauth/profile", kind: "drop", times: 100 });
  };

  it("of one provider, the others are kept fresh", async () => {
    await signIn(scene, "openai-codex");
    await obstruct();
    await scene.expireEverywhere("openai-codex");
    await scene.aihub("auth", "token", "openai-codex");
    assert.equal((await scene.entries())["openai-codex"]?.refresh, (await storedCredentials(scene.home.aihub))["openai-codex"]?.refresh);
    assert.ok((await scene.entries()).anthropic?.refresh !== (await stored()).refresh, "the vendor has told");
  });

  it("because nobody here knows a provider, the others are kept fresh", async () => {
    const ofOthers = { type: "oauth", access: "fake-access-of-another", refresh: "fake-refresh-of-another", expires: Date.now() };
    const all = { ...(await storedCredentials(scene.home.aihub)), "from-the-future": { ...ofOthers, access: "fake-access-of-ours", refresh: "fake-refresh-of-ours" } };
    await writeFile(oauthFile(scene.home.aihub), JSON.stringify(all), { mode: 0o600 });
    await scene.setEntries((entries) => void (entries["from-the-future"] = ofOthers));
    await signIn(scene, "openai-codex");
    assert.deepEqual((await scene.entries())["from-the-future"], ofOthers);
    assert.equal((await scene.entries())["openai-codex"]?.refresh, (await storedCredentials(scene.home.aihub))["openai-codex"]?.refresh);
  });

  it("an open window tries again, though no file changes", async () => {
    await obstruct();
    const { refresh } = await stored();
    const store = openStore(scene.home.aihub);
    const following = store.follow();
    try {
      await until("a first try", () => scene.sandbox.requests().filter(({ path }) => path === "/api/oauth/profile").length > 1);
      await store.sync();
      assert.ok((await stored()).refresh === refresh, "the vendor has told");
      scene.sandbox.clearFaults();
      await until("the renewed token in the store", async () => (await stored()).refresh !== refresh);
      await agreed();
    } finally {
      following.dispose();
      await store.sync();
    }
  });
});
