import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { expireStored, storedCredentials } from "../../support/storedCredential";
import { openStore, useMirrorScene } from "./mirrorScene";

describe("the gateway's copy, where the gateway signs in by itself", function () {
  this.timeout(120_000);
  const scene = useMirrorScene();
  const { stored, agreed } = scene;

  /** Another sign-in at the vendor, as the gateway's own command line would make it. */
  const signInAtGateway = async (email: string) => {
    const other = join(scene.home.path, "other");
    scene.sandbox.signIn("anthropic", { email });
    await signIn({ ...scene, env: { ...scene.env, AIHUB_HOME: other } }, "anthropic");
    const { type, access, refresh, expires } = (await storedCredentials(other)).anthropic!;
    await scene.setEntries((entries) => void (entries.anthropic = { type, access, refresh, expires }));
    return access;
  };
  const profiles = async () => {
    const { profiles: all } = JSON.parse(await scene.aihub("auth", "status", "--json")) as { profiles: { id: string; label: string }[] };
    return all.map(({ id, label }) => `${id} ${label}`);
  };

  it("as the same account: the newer sign-in stands on both sides, under one name", async () => {
    const access = await signInAtGateway("ada@example.com");
    const store = openStore(scene.home.aihub);
    await store.sync();
    assert.deepEqual(await profiles(), ["anthropic:default ada@example.com"]);
    assert.equal((await agreed()).access, access);
  });

  it("as another account: it gets a name of its own and stays the gateway's; nothing is lost", async () => {
    const ada = await stored();
    const grace = await signInAtGateway("grace@example.com");
    const store = openStore(scene.home.aihub);
    await store.sync();
    assert.deepEqual(await profiles(), ["anthropic:grace@example.com grace@example.com", "anthropic:default ada@example.com"]);
    assert.equal((await scene.entries()).anthropic?.access, grace);
    assert.deepEqual(await stored(), ada);
  });

  it("as another account, where another program's is the first: that makes way, and is not taken for its owner's", async () => {
    const file = join(scene.home.path, "of-another-program.json");
    await openStore(scene.home.aihub).update(({ credentials, index }) => {
      credentials["anthropic:work"] = credentials["anthropic:default"]!;
      index.profiles["anthropic:work"] = index.profiles["anthropic:default"]!;
      credentials["anthropic:default"] = { type: "oauth", access: "fake-access", refresh: "fake-refresh", expires: Date.now(), borrowedFrom: file };
    });
    const grace = await signInAtGateway("grace@example.com");
    await openStore(scene.home.aihub).sync();
    assert.deepEqual(await profiles(), ["anthropic:default grace@example.com", "anthropic:work ada@example.com"]);
    const { access, borrowedFrom } = await stored();
    assert.deepEqual([access === grace, borrowedFrom], [true, undefined]);
  });

  it("on the domain of an enterprise: it is asked there as whom", async () => {
    const other = { ...scene.env, AIHUB_HOME: join(scene.home.path, "other") };
    for (const [env, ...more] of [[scene.env], [other, "--domain", "example.ghe.com"]] as const) {
      const run = startCli(["auth", "login", "github-copilot", "--no-browser", ...more], env);
      const [, url = ""] = await run.output(/(https:\/\/\S+)/);
      const [, userCode = ""] = await run.output(/^ {2}(\S+-\S+)$/m);
      await scene.person.enterDeviceCode(url, userCode);
      assert.equal((await run.result).code, 0);
    }
    const { type, access, refresh, expires, enterpriseUrl } = (await storedCredentials(other.AIHUB_HOME))["github-copilot"]!;
    await scene.setEntries((entries) => void (entries["github-copilot"] = { type, access, refresh, expires, enterpriseUrl }));
    await openStore(scene.home.aihub).sync();
    assert.deepEqual((await profiles()).filter((each) => each.startsWith("github")), [
      "github-copilot:linus-example@example.ghe.com linus-example@example.ghe.com",
      "github-copilot:default linus-example",
    ]);
  });

  it("and nobody tells as whom: it is kept behind ours, which the gateway gets", async () => {
    const access = await signInAtGateway("grace@example.com");
    const both = await storedCredentials(scene.home.aihub);
    both.anthropic!.refresh += "-of-another-sign-in";
    await writeFile(join(scene.home.aihub, "credentials", "oauth.json"), JSON.stringify(both), { mode: 0o600 });
    scene.sandbox.addFault({ host: "api.anthropic.com", path: "/api/oauth/profile", kind: "status", status: 401 });
    await openStore(scene.home.aihub).sync();
    assert.deepEqual(await profiles(), ["anthropic:default ada@example.com", "anthropic:gateway anthropic:gateway"]);
    assert.equal((await storedCredentials(scene.home.aihub))["anthropic:gateway"]?.access, access);
    await agreed();
  });

  for (const status of [429, 503]) {
    it(`and the vendor answers ${status} when it is asked as whom: it stays where it is until the vendor tells`, async () => {
      const grace = await signInAtGateway("grace@example.com");
      const both = await storedCredentials(scene.home.aihub);
      both.anthropic!.refresh += "-of-another-sign-in";
      await writeFile(join(scene.home.aihub, "credentials", "oauth.json"), JSON.stringify(both), { mode: 0o600 });
      scene.sandbox.addFault({ host: "api.anthropic.com", path: "/api/oauth/profile", kind: "status", status });
      const store = openStore(scene.home.aihub);
      await store.sync();
      assert.equal((await scene.entries()).anthropic?.access, grace);
      assert.deepEqual(await profiles(), ["anthropic:default ada@example.com"]);
      scene.sandbox.clearFaults();
      await store.sync();
      assert.deepEqual(await profiles(), ["anthropic:grace@example.com grace@example.com", "anthropic:default ada@example.com"]);
    });
  }

  describe("as another account, while the vendor does not tell whose tokens are", () => {
    const whose = (status: number) => scene.sandbox.addFault({ host: "api.anthropic.com", path: "/api/oauth/profile", kind: "status", status, times: 100 });
    const whoIs = async (token: string) => (await fetch("https://api.anthropic.com/api/oauth/profile", { headers: { authorization: `Bearer ${token}` } })).text();
    const both = ["anthropic:grace@example.com grace@example.com", "anthropic:default ada@example.com"];

    for (const status of [403, 429, 503]) {
      it(`(${status}): the sign-in that holds here stays what it is`, async () => {
        const ada = await stored();
        const grace = await signInAtGateway("grace@example.com");
        whose(status);
        await openStore(scene.home.aihub).sync();
        assert.deepEqual(await stored(), ada);
        const elsewhere = [(await scene.entries()).anthropic, (await storedCredentials(scene.home.aihub))["anthropic:gateway"]];
        assert.ok(elsewhere.some((entry) => entry?.access === grace), "the gateway's own sign-in is lost");
      });
    }

    for (const status of [401, 503]) {
      it(`(${status}), and ours had expired: it is kept, and has its name back when the vendor tells`, async () => {
        await scene.expireEverywhere();
        const { refresh } = await stored();
        const grace = await signInAtGateway("grace@example.com");
        whose(status);
        const store = openStore(scene.home.aihub);
        await store.sync();
        scene.sandbox.clearFaults();
        await store.sync();
        assert.deepEqual(await profiles(), both);
        assert.deepEqual([(await stored()).refresh, (await scene.entries()).anthropic?.access], [refresh, grace]);
        assert.match(await whoIs(await scene.aihub("auth", "token", "anthropic:default")), /ada@example\.com/);
        assert.equal(await scene.aihub("auth", "token", "anthropic:grace@example.com"), grace);
      });
    }

    it("and every account of the provider can be renewed meanwhile", async () => {
      scene.sandbox.signIn("anthropic", { email: "eve@example.com" });
      await signIn(scene, "anthropic");
      await signInAtGateway("grace@example.com");
      for (const profile of ["anthropic", "anthropic:eve@example.com"]) await expireStored(scene.home.aihub, profile, 5 * 60_000);
      whose(503);
      const before = scene.refreshes();
      for (const profile of ["anthropic:default", "anthropic:eve@example.com"]) await scene.aihub("auth", "token", profile);
      assert.equal(scene.refreshes(), before + 2);
    });
  });

  it("before we did, as another account: it is kept as a profile, and the gateway gets ours", async () => {
    await scene.aihub("auth", "logout", "anthropic", "--yes");
    await signInAtGateway("grace@example.com");
    scene.sandbox.signIn("anthropic", { email: "ada@example.com" });
    await signIn(scene, "anthropic");
    assert.deepEqual(await profiles(), ["anthropic:default ada@example.com", "anthropic:grace@example.com grace@example.com"]);
    await agreed();
  });

  it("and nobody signed in here: it stays the gateway's own", async () => {
    await scene.aihub("auth", "logout", "anthropic", "--yes");
    const access = await signInAtGateway("grace@example.com");
    await signIn(scene, "openai-codex");
    assert.equal((await scene.entries()).anthropic?.access, access);
    assert.equal((await profiles()).length, 1);
  });
});
