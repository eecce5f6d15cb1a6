import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import lockfile from "proper-lockfile";
import { startCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { expireStored, oauthFile, storedCredentials } from "../../support/storedCredential";
import { until } from "../../support/until";
import { openStore, useMirrorScene } from "./mirrorScene";

const isStress = process.env.AIHUB_STRESS !== undefined;

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

  // As long as the gateway has it at worst, and longer than we wait: in `npm run test:stress`.
  for (const seconds of isStress ? [2, 30, 45] : [2]) {
    it(`what is signed in and renewed while another holds its lock for ${seconds} s is never lost, and is in it then`, async () => {
      const window = openStore(scene.home.aihub);
      const following = window.follow();
      try {
        // As the gateway renews it.
        const release = await lockfile.lock(scene.authFile(), { stale: 30_000, update: 15_000 });
        const held = new Promise((over) => setTimeout(over, seconds * 1000));
        await expireStored(scene.home.aihub, "anthropic", 5 * 60_000);
        const before = scene.refreshes();
        const renewal = startCli(["auth", "token", "anthropic"], scene.env);
        const login = startCli(["auth", "login", "openai-codex", "--no-browser"], scene.env);
        const [, url = ""] = await login.output(/(https:\/\/\S+)/);
        await scene.person.consent(url);
        await login.output(/Logged in to OpenAI/);
        await renewal.output(/\S/);
        const ours = await storedCredentials(scene.home.aihub);
        assert.ok((await scene.entries()).anthropic?.refresh !== ours.anthropic?.refresh, "the lock was not respected");

        await held;
        await release();
        assert.deepEqual([(await login.result).code, (await renewal.result).code], [0, 0]);
        await until("agreement", async () => {
          const theirs = await scene.entries();
          return ["anthropic", "openai-codex"].every((provider) => theirs[provider]?.refresh === ours[provider]?.refresh);
        });
        assert.equal(scene.refreshes(), before + 1);
        assert.deepEqual(await storedCredentials(scene.home.aihub), ours);
      } finally {
        following.dispose();
        await window.sync();
      }
    });
  }
});
