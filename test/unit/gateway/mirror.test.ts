import assert from "node:assert/strict";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { storedCredentials } from "../../support/storedCredential";
import { until } from "../../support/until";
import { openStore, useMirrorScene } from "./mirrorScene";

describe("the gateway's copy of the sign-ins", function () {
  this.timeout(120_000);
  const scene = useMirrorScene();

  const { stored, agreed } = scene;

  describe("with a sign-in", () => {
    it("is what the gateway's next run uses, for its owner alone and in Pi's shape", async () => {
      await agreed();
      assert.deepEqual(Object.keys((await scene.entries()).anthropic!).sort(), ["access", "accountId", "expires", "refresh", "type"]);
      assert.equal((await stat(scene.authFile())).mode & 0o777, 0o600);
      const gateway = await scene.gateway();
      assert.deepEqual(await gateway.run("pilot", "Hi"), { text: "Hello from claude-sonnet-4-5, ada@example.com. You said: Hi" });
    });

    it("keeps every other entry", async () => {
      await scene.setEntries((entries) => {
        entries["openrouter"] = { type: "api_key", key: "$env:OPENROUTER_API_KEY" };
        entries["from-the-future"] = { type: "quantum", state: [1, { x: null }] };
      });
      const before = await scene.entries();
      await scene.expireEverywhere();
      await scene.aihub("auth", "token", "anthropic");
      await agreed();
      const { anthropic: _ours, ...others } = await scene.entries();
      const { anthropic: _theirs, ...othersBefore } = before;
      assert.deepEqual(others, othersBefore);
    });

    it("leaves a provider alone for which a person has placed an API key", async () => {
      await scene.setEntries((entries) => {
        entries["openai-codex"] = { type: "api_key", key: "an-api-key-of-a-person" };
      });
      await signIn(scene, "openai-codex");
      assert.deepEqual((await scene.entries())["openai-codex"], { type: "api_key", key: "an-api-key-of-a-person" });
    });

    it("has no tokens that another program owns", async () => {
      for (const name of ["credentials", "agent", "auth.json"]) await rm(join(scene.home.aihub, name), { recursive: true });
      await mkdir(join(scene.home.path, ".pi", "agent"), { recursive: true });
      const entry = { type: "oauth", access: "fake-access-of-pi", refresh: "fake-refresh-of-pi", expires: Date.now() + 3_600_000 };
      await writeFile(join(scene.home.path, ".pi", "agent", "auth.json"), JSON.stringify({ anthropic: entry }));
      await scene.aihub("auth", "status");
      await assert.rejects(readFile(scene.authFile()), { code: "ENOENT" });
    });

    it("loses it with the sign-out, and nothing else", async () => {
      await scene.setEntries((entries) => {
        entries["openrouter"] = { type: "api_key", key: "$env:OPENROUTER_API_KEY" };
      });
      await scene.aihub("auth", "logout", "anthropic", "--yes");
      assert.deepEqual(Object.keys(await scene.entries()), ["openrouter"]);
    });

    it("gets the next account when the one in use is signed out", async () => {
      scene.sandbox.signIn("anthropic", { email: "grace@example.com" });
      await signIn(scene, "anthropic");
      await scene.aihub("auth", "logout", "anthropic:default", "--yes");
      const gateway = await scene.gateway();
      assert.match(JSON.stringify(await gateway.run("pilot", "Hi")), /grace@example\.com/);
    });
  });

  describe("when tokens are renewed", () => {
    it("by the gateway while no window is open: what it got is taken over and used on", async () => {
      const gateway = await scene.gateway();
      await scene.expireEverywhere();
      const before = scene.refreshes();
      assert.ok("text" in (await gateway.run("pilot", "Hi")));
      assert.equal(scene.refreshes(), before + 1, "the gateway has not renewed");
      const token = await scene.aihub("auth", "token", "anthropic");
      assert.equal(token, (await scene.entries()).anthropic?.access);
      assert.equal(scene.refreshes(), before + 1);
      await agreed();
      // And ours is the next renewal of the same chain.
      await scene.expireEverywhere();
      await scene.aihub("auth", "token", "anthropic");
      assert.equal(scene.refreshes(), before + 2);
      await agreed();
    });

    for (const status of [401, 429, 503]) {
      it(`by the gateway, and the vendor answers ${status} when it is asked whose they are: they are taken over all the same`, async () => {
        const gateway = await scene.gateway();
        await scene.expireEverywhere();
        assert.ok("text" in (await gateway.run("pilot", "Hi")));
        scene.sandbox.addFault({ host: "api.anthropic.com", path: "/api/oauth/profile", kind: "status", status });
        const before = scene.refreshes();
        assert.equal(await scene.aihub("auth", "token", "anthropic"), (await scene.entries()).anthropic?.access);
        assert.deepEqual(Object.keys(await storedCredentials(scene.home.aihub)), ["anthropic"]);
        assert.equal(scene.refreshes(), before);
        await agreed();
      });
    }

    it("by the gateway while a window is open: the window has it at once", async () => {
      const store = openStore(scene.home.aihub);
      const following = store.follow();
      try {
        const gateway = await scene.gateway();
        await scene.expireEverywhere();
        const { refresh } = await stored();
        assert.ok("text" in (await gateway.run("pilot", "Hi")));
        await until("the renewed token in the store", async () => (await stored()).refresh !== refresh);
        await agreed();
      } finally {
        following.dispose();
        await store.sync();
      }
    });

    it("by us while runs of the gateway read: none of them fails, each has old or new tokens whole", async () => {
      const gateway = await scene.gateway();
      let isOver = false;
      const answers: unknown[] = [];
      const runner = async () => {
        while (!isOver) answers.push(await gateway.run("pilot", "Hi"));
      };
      const runners = Promise.all(Array.from({ length: 4 }, runner));
      for (let round = 0; round < 8; round++) {
        const all = await storedCredentials(scene.home.aihub);
        all.anthropic!.expires = Date.now() + 5 * 60_000;
        await writeFile(join(scene.home.aihub, "credentials", "oauth.json"), JSON.stringify(all), { mode: 0o600 });
        const before = scene.refreshes();
        await scene.aihub("auth", "token", "anthropic");
        assert.equal(scene.refreshes(), before + 1);
      }
      isOver = true;
      await runners;
      assert.ok(answers.length >= 8);
      assert.deepEqual(answers.filter((answer) => !("text" in (answer as object))), []);
      await agreed();
    });

    it("by both at once: one asks the vendor, the other takes what it got", async () => {
      const gateway = await scene.gateway();
      for (const latency of [0, 100, 400]) {
        await scene.expireEverywhere();
        const before = scene.refreshes();
        scene.sandbox.addFault({ host: "platform.claude.com", kind: "latency", ms: latency });
        const [answer, ...tokens] = await Promise.all([gateway.run("pilot", "Hi"), scene.aihub("auth", "token", "anthropic"), scene.aihub("auth", "token", "anthropic")]);
        assert.ok("text" in answer, JSON.stringify(answer));
        assert.equal(scene.refreshes(), before + 1);
        const { access } = await agreed();
        assert.deepEqual(tokens, [access, access]);
      }
    });

    it("by the gateway first, slowly: we wait for it and spend nothing", async () => {
      const gateway = await scene.gateway();
      await scene.expireEverywhere();
      const before = scene.refreshes();
      scene.sandbox.addFault({ host: "platform.claude.com", kind: "latency", ms: 1500 });
      const answer = gateway.run("pilot", "Hi");
      await until("the gateway's lock", () => stat(`${scene.authFile()}.lock`).then(() => true, () => false));
      const token = await scene.aihub("auth", "token", "anthropic");
      assert.ok("text" in (await answer));
      assert.equal(scene.refreshes(), before + 1);
      assert.equal(token, (await agreed()).access);
    });

    it("by us first, slowly: the gateway asks nobody, and its run goes on", async () => {
      const gateway = await scene.gateway();
      await scene.expireEverywhere();
      const before = scene.refreshes();
      scene.sandbox.addFault({ host: "platform.claude.com", kind: "latency", ms: 1500 });
      const token = scene.aihub("auth", "token", "anthropic");
      await until("our request", () => scene.sandbox.requests().some(({ path, status }) => path === "/v1/oauth/token" && status === 0));
      assert.ok("text" in (await gateway.run("pilot", "Hi")));
      await token;
      assert.equal(scene.refreshes(), before + 1);
      await agreed();
    });

    it("by us in vain: the gateway may renew when our time is over", async () => {
      await scene.expireEverywhere();
      scene.sandbox.addFault({ host: "platform.claude.com", kind: "status", status: 503 });
      const started = Date.now();
      await scene.aihub("auth", "token", "anthropic");
      const { expires = 0 } = (await scene.entries()).anthropic!;
      assert.ok(expires > started && expires <= Date.now() + 90_000);
    });
  });

  it("keeps what needs a new sign-in, and gets the new one", async () => {
    const before = await scene.entries();
    await scene.expireEverywhere();
    scene.sandbox.revokeAccount("anthropic", "ada@example.com");
    const { code } = await runCli(["auth", "token", "anthropic"], scene.env);
    assert.equal(code, 1);
    assert.equal((await scene.entries()).anthropic?.refresh, before.anthropic?.refresh);
    await signIn(scene, "anthropic");
    await agreed();
    const gateway = await scene.gateway();
    assert.ok("text" in (await gateway.run("pilot", "Hi")));
  });
});
