import assert from "node:assert/strict";
import { mkdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import lockfile from "proper-lockfile";
import { createMirroredStore } from "../../../src/gateway/mirroredStore";
import { startCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { storedCredentials } from "../../support/storedCredential";
import { until } from "../../support/until";
import { openStore, useMirrorScene } from "./mirrorScene";

describe("the gateway's copy, when others write it too", function () {
  this.timeout(120_000);
  const scene = useMirrorScene();

  const { stored, agreed } = scene;

  describe("that somebody else changes", () => {
    it("an entry removed by hand stays away until the store changes", async () => {
      await scene.setEntries((entries) => delete entries.anthropic);
      await signIn(scene, "openai-codex");
      assert.deepEqual(Object.keys(await scene.entries()), ["openai-codex"]);
      const all = await storedCredentials(scene.home.aihub);
      all.anthropic!.expires = Date.now();
      await writeFile(join(scene.home.aihub, "credentials", "oauth.json"), JSON.stringify(all), { mode: 0o600 });
      await scene.aihub("auth", "token", "anthropic");
      await agreed();
    });

    for (const [provider, isRemembered] of [["anthropic", true], ["openai-codex", true], ["anthropic", false], ["openai-codex", false]] as const) {
      const which = isRemembered ? "" : " that is too old to be remembered";
      it(`a copy of ${provider} from a backup${which} gives way to the newest tokens, and nobody spends it`, async () => {
        scene.sandbox.signIn("openai", { email: "ada@example.com" });
        await signIn(scene, "openai-codex");
        const backup = await readFile(scene.authFile());
        for (let renewal = 0; renewal < 2; renewal++) {
          await scene.expireEverywhere(provider);
          await scene.aihub("auth", "token", provider);
        }
        const newest = await storedCredentials(scene.home.aihub);
        if (!isRemembered) {
          const index = join(scene.home.aihub, "agent", "auth-profiles.json");
          await writeFile(index, (await readFile(index, "utf8")).replace(/,\s*"past": \[[^\]]*\]/g, ""), { mode: 0o600 });
        }
        // By now, the vendor does not know the old token.
        scene.sandbox.addFault({ host: "api.anthropic.com", path: "/api/oauth/profile", kind: "status", status: 401, times: 100 });
        await writeFile(scene.authFile(), backup, { mode: 0o600 });
        await openStore(scene.home.aihub).sync();
        assert.deepEqual(await storedCredentials(scene.home.aihub), newest);
        assert.equal((await scene.entries())[provider]?.refresh, newest[provider]?.refresh);
        await scene.expireEverywhere(provider);
        await scene.aihub("auth", "token", provider);
      });
    }

    it("a broken file is never written over, and said once", async () => {
      const broken = '{"anthropic": {"type": "oauth", "acc';
      await writeFile(scene.authFile(), broken);
      const warnings: string[] = [];
      const store = createMirroredStore(scene.home.aihub, { debug: () => {}, info: () => {}, warn: (message) => warnings.push(message) });
      for (let round = 0; round < 3; round++) {
        await store.update(({ index }) => void (index.usageStats = { "anthropic:default": { lastUsed: round } }));
        await store.sync();
      }
      assert.equal(await readFile(scene.authFile(), "utf8"), broken);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? "", /auth\.json cannot be read: it is not valid JSON\. It was left as it is/);
      const { code, stderr } = await signIn(scene, "openai-codex");
      assert.equal(code, 0, stderr);
      await writeFile(scene.authFile(), "{}");
      await store.sync();
      assert.ok((await scene.entries())["openai-codex"]);
    });

    it("a link is not followed", async () => {
      const elsewhere = join(scene.home.path, "elsewhere.json");
      await rm(scene.authFile());
      await writeFile(elsewhere, "{}");
      await symlink(elsewhere, scene.authFile());
      const { code, stderr } = await signIn(scene, "openai-codex");
      assert.equal(code, 0);
      assert.match(stderr, /auth\.json is not safe to keep secrets in: it is a symbolic link/);
      assert.equal(await readFile(elsewhere, "utf8"), "{}");
    });

    it("a lock left behind is taken over", async () => {
      const lock = `${scene.authFile()}.lock`;
      await mkdir(lock);
      const longAgo = new Date(Date.now() - 60_000);
      await utimes(lock, longAgo, longAgo);
      await signIn(scene, "openai-codex");
      assert.deepEqual(Object.keys(await scene.entries()).sort(), ["anthropic", "openai-codex"]);
      await assert.rejects(stat(lock), { code: "ENOENT" });
    });

    it("a lock that the gateway renews seldom is not taken for one left behind", async () => {
      const lock = `${scene.authFile()}.lock`;
      // As old as one gets before the gateway renews it.
      const renew = async () => {
        const then = new Date(Date.now() - 14_000);
        await utimes(lock, then, then);
        return then.getTime();
      };
      await mkdir(lock);
      await renew();
      const run = startCli(["auth", "login", "openai-codex", "--no-browser"], scene.env);
      const [, url = ""] = await run.output(/(https:\/\/\S+)/);
      await renew();
      await scene.person.consent(url);
      await run.output(/(Logged|Signed) in to OpenAI/);
      await renew();
      await scene.aihub("auth", "status");
      const renewed = await renew();
      // That it is left alone cannot be waited for; one that looks left behind is watched for 3 s before it is taken.
      await pause(4_000);
      assert.equal(Math.round((await stat(lock)).mtimeMs), renewed);
      await rm(lock, { recursive: true });
      assert.equal((await run.result).code, 0);
      assert.ok((await scene.entries())["openai-codex"]);
    });

    it("a lock that another holds is waited for, nothing else waits, and then it is written", async () => {
      const release = await lockfile.lock(scene.authFile(), { stale: 30_000, update: 1000 });
      const run = startCli(["auth", "login", "openai-codex", "--no-browser"], scene.env);
      const [, url = ""] = await run.output(/(https:\/\/\S+)/);
      await scene.person.consent(url);
      await run.output(/Logged in to OpenAI/);
      assert.match(await scene.aihub("auth", "status"), /openai-codex \(oauth\)/);
      assert.equal(await scene.aihub("auth", "token", "openai-codex"), (await storedCredentials(scene.home.aihub))["openai-codex"]?.access);
      assert.equal(run.child.exitCode, null, "the command ended before the copy was written");
      assert.deepEqual(Object.keys(await scene.entries()), ["anthropic"]);
      await release();
      assert.equal((await run.result).code, 0);
      assert.deepEqual(Object.keys(await scene.entries()).sort(), ["anthropic", "openai-codex"]);
    });

    it("and many that write at once agree in the end", async () => {
      const stores = Array.from({ length: 3 }, () => openStore(scene.home.aihub));
      const following = stores.map((store) => store.follow());
      try {
        const gateway = await scene.gateway();
        for (let round = 0; round < 3; round++) {
          await scene.expireEverywhere();
          const [answer] = await Promise.all([gateway.run("pilot", "Hi"), scene.aihub("auth", "token", "anthropic"), ...stores.map((store) => store.sync())]);
          assert.ok("text" in answer, JSON.stringify(answer));
          await until("agreement", async () => (await stored()).access === (await scene.entries()).anthropic?.access);
        }
      } finally {
        for (const each of following) each.dispose();
        await Promise.all(stores.map((store) => store.sync()));
      }
      await agreed();
    });
  });

  describe("as the person wants it", () => {
    it("off takes our entries out and leaves the rest, on brings them back", async () => {
      await scene.setEntries((entries) => {
        entries["openrouter"] = { type: "api_key", key: "$env:OPENROUTER_API_KEY" };
      });
      const store = openStore(scene.home.aihub);
      await store.setMirrorMode("off");
      await store.sync();
      assert.deepEqual(Object.keys(await scene.entries()), ["openrouter"]);
      // The command line knows it too.
      await signIn(scene, "openai-codex");
      assert.deepEqual(Object.keys(await scene.entries()), ["openrouter"]);
      await store.setMirrorMode("auto");
      await store.sync();
      assert.deepEqual(Object.keys(await scene.entries()).sort(), ["anthropic", "openai-codex", "openrouter"]);
    });

    it("auto without a config writes nothing, on does", async () => {
      const home = join(scene.home.path, "without");
      const env = { ...scene.env, AIHUB_HOME: home };
      await signIn({ ...scene, env }, "anthropic");
      await assert.rejects(readFile(join(home, "auth.json")), { code: "ENOENT" });
      const store = openStore(home);
      await store.setMirrorMode("on");
      await store.sync();
      assert.ok((JSON.parse(await readFile(join(home, "auth.json"), "utf8")) as Record<string, unknown>).anthropic);
    });
  });
});
