import assert from "node:assert/strict";
import { chmod, chown, copyFile, cp, readdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freshCredential } from "../../../src/auth/refresh";
import { isDue } from "../../../src/auth/refreshAhead";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import type { OAuthCredential } from "../../../src/store/schema";
import { arrival } from "../../support/arrival";
import { runCli, startCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { skipBecause } from "../../support/skipBecause";
import { holdInPlace, mountSmallDisk, type SmallDisk } from "../../support/smallDisk";
import { expireStored, oauthFile, storedCredentials } from "../../support/storedCredential";
import { until } from "../../support/until";
import { moveHome, useSandbox } from "../../support/useSandbox";
import { useVendorsInProcess } from "./inProcess";

const isStress = process.env.AIHUB_STRESS !== undefined;

describe("a sign-in that cannot be written is never lost", () => {
  const scene = useSandbox();
  useVendorsInProcess(scene);
  beforeEach(async () => {
    await moveHome(scene);
    await signIn(scene, "anthropic");
  });

  const refreshes = () => scene.sandbox.requests().filter(({ grantType }) => grantType === "refresh_token").length;

  describe("on a disk", () => {
    let disk: SmallDisk;
    let aihub: string;
    beforeEach(async function () {
      const mounted = await mountSmallDisk(join(scene.home.path, "small"));
      if (!mounted) return skipBecause(this, "mounting a file system is not permitted here");
      disk = mounted;
      aihub = join(disk.path, "aihub");
      await cp(scene.home.aihub, aihub, { recursive: true });
    });
    afterEach(() => disk?.remove());

    const auth = (...args: string[]) => runCli(["auth", ...args], { ...scene.env, AIHUB_HOME: aihub });
    const content = () => readFile(oauthFile(aihub), "utf8");
    const stored = async () => (await storedCredentials(aihub)).anthropic!;
    const writable = async <T>(isWritable: boolean, result: T) => {
      await disk.setWritable(isWritable);
      return result;
    };

    it("that is full: a token that still holds stays in use", async () => {
      await expireStored(aihub, "anthropic", 60_000);
      const before = await content();
      await disk.fill();
      const { code, stdout } = await auth("token", "anthropic");
      assert.deepEqual([code, stdout], [0, `${(await stored()).access}\n`]);
      assert.equal(await content(), before);
    });

    it("that is full: nothing is spent, however often it is tried", async () => {
      await expireStored(aihub, "anthropic");
      const [before, asked] = [await content(), refreshes()];
      await disk.fill();
      for (const time of ["first", "second"]) {
        const { code, stdout, stderr } = await auth("token", "anthropic");
        assert.deepEqual([code, stdout], [1, ""], time);
        assert.match(stderr, /could not be written: the disk is full\. /);
      }
      assert.deepEqual([await content(), refreshes()], [before, asked]);

      await disk.makeRoom();
      assert.equal((await auth("token", "anthropic")).code, 0);
      assert.equal(refreshes(), asked + 1);
    });

    it("that has room for the record of a renewal, but not for what it brings: nothing is spent", async () => {
      const all = { ...(await storedCredentials(aihub)), notes: { type: "note", text: "x".repeat(9000) } };
      await writeFile(oauthFile(aihub), JSON.stringify(all), { mode: 0o600 });
      await expireStored(aihub, "anthropic");
      const [before, asked] = [await content(), refreshes()];
      await disk.fill(2);
      const { code, stdout, stderr } = await auth("token", "anthropic");
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /oauth\.json could not be written: the disk is full\. /);
      assert.deepEqual([await content(), refreshes()], [before, asked]);

      await disk.makeRoom();
      assert.equal((await auth("token", "anthropic")).code, 0);
      assert.equal(refreshes(), asked + 1);
    });

    it("that is read-only: a token that still holds stays in use", async () => {
      await expireStored(aihub, "anthropic", 60_000);
      const { access } = await writable(false, await stored());
      const [before, asked] = [await content(), refreshes()];
      assert.deepEqual(await auth("token", "anthropic"), { code: 0, stdout: `${access}\n`, stderr: "" });
      assert.equal((await auth("status")).code, 0);
      assert.deepEqual([await content(), refreshes()], [before, asked]);
    });

    it("that is read-only: nothing is spent, and it is said what to do", async () => {
      await expireStored(aihub, "anthropic");
      const [before, asked] = await writable(false, [await content(), refreshes()]);
      // A new sign-in does not even begin.
      for (const command of [["token", "anthropic"], ["logout", "anthropic", "--yes"], ["login", "anthropic", "--no-browser"]]) {
        const { code, stdout, stderr } = await auth(...command);
        assert.deepEqual([code, stdout], [1, ""], command[0]);
        assert.match(stderr, /aihub\/credentials\S* could not be written: the disk is read-only\. .*correct the permissions, then try again\.\n$/);
      }
      assert.deepEqual([await content(), refreshes()], [before, asked]);

      await disk.setWritable(true);
      assert.equal((await auth("token", "anthropic")).code, 0);
      assert.equal(refreshes(), asked + 1);
    });

    for (const [what, spoil, repair] of [
      ["full", () => disk.fill(), () => disk.makeRoom()],
      ["read-only", () => disk.setWritable(false), () => disk.setWritable(true)],
    ] as const) {
      it(`that becomes ${what} in the midst of a renewal: the new token is used, and written when that works again`, async () => {
        await expireStored(aihub, "anthropic");
        const [before, old, asked] = [await content(), await stored(), refreshes()];
        const store = createFileCredentialStore(aihub);
        const fresh = () => freshCredential({ store, profile: "anthropic:default" });
        scene.sandbox.addFault({ host: "platform.claude.com", kind: "latency", ms: 1500 });
        const requests = scene.sandbox.requests().length;
        const renewing = fresh();
        await arrival(scene.sandbox, "/v1/oauth/token", requests);
        await spoil();
        const { access } = await renewing;
        assert.ok(access !== old.access, "the old token was given");
        assert.ok((await fresh()).access === access, "the new token is not in use");
        assert.equal(await content(), before);
        if (what === "full") {
          const other = await auth("token", "anthropic");
          assert.deepEqual([other.code, other.stdout], [1, ""]);
          assert.match(other.stderr, /^Process \d+ is renewing the sign-in anthropic:default, or cannot write what it got\. .*make room on the disk/);
        }
        await repair();
        assert.ok((await fresh()).access === access);
        assert.ok((await stored()).access === access, "the new token is not stored");
        assert.equal((await store.read()).index.profiles["anthropic:default"]?.refreshing, undefined);
        assert.deepEqual(await auth("token", "anthropic"), { code: 0, stdout: `${access}\n`, stderr: "" });
        assert.equal(refreshes(), asked + 1);
      });
    }
  });

  it("because somebody put a link in its place in the midst of a renewal: the new token is used, and written when the file is back", async () => {
    await expireStored(scene.home.aihub, "anthropic");
    const file = oauthFile(scene.home.aihub);
    const old = (await storedCredentials(scene.home.aihub)).anthropic!;
    const store = createFileCredentialStore(scene.home.aihub);
    const fresh = () => freshCredential({ store, profile: "anthropic:default" });
    scene.sandbox.addFault({ host: "platform.claude.com", kind: "latency", ms: 1000 });
    const [requests, asked] = [scene.sandbox.requests().length, refreshes()];
    const renewing = fresh();
    await arrival(scene.sandbox, "/v1/oauth/token", requests);
    await rename(file, `${file}.away`);
    await symlink(`${file}.away`, file);
    const { access } = await renewing;
    assert.ok(access !== old.access, "the old token was given");
    assert.ok((await fresh()).access === access, "the new token is not in use");

    await rename(`${file}.away`, file);
    assert.ok((await fresh()).access === access);
    assert.ok((await storedCredentials(scene.home.aihub)).anthropic?.access === access, "the new token is not stored");
    assert.equal(refreshes(), asked + 1);
  });

  // It takes as long as the pause between two tries: in `npm run test:stress`.
  if (isStress) it("is written as soon as that is possible, also when nobody asks for it", async function () {
    this.timeout(90_000);
    await expireStored(scene.home.aihub, "anthropic");
    const held = await holdInPlace(oauthFile(scene.home.aihub));
    if (!held) return skipBecause(this, "mounting is not permitted here");
    const { refresh } = await freshCredential({ store: createFileCredentialStore(scene.home.aihub), profile: "anthropic:default" }).finally(() => held.release());
    const end = Date.now() + 60_000;
    const isStored = async () => (await storedCredentials(scene.home.aihub)).anthropic?.refresh === refresh;
    while (!(await isStored()) && Date.now() < end) await setTimeout(500);
    assert.ok(await isStored());
  });

  it("because its file cannot be replaced: it is renewed in memory, and nobody else spends what the file still has", async function () {
    await expireStored(scene.home.aihub, "anthropic");
    const asked = refreshes();
    const held = await holdInPlace(oauthFile(scene.home.aihub));
    if (!held) return skipBecause(this, "mounting is not permitted here");
    const store = createFileCredentialStore(scene.home.aihub);
    const fresh = () => freshCredential({ store, profile: "anthropic:default" });
    let second: OAuthCredential;
    try {
      scene.sandbox.alterNextTokenReply("anthropic", { expires_in: 1 });
      const first = await fresh();
      await until("the token in memory to be due", () => isDue(first));
      second = await fresh();
      assert.ok(second.access !== first.access);
      assert.equal((await runCli(["auth", "token", "anthropic"], scene.env)).code, 1);
    } finally {
      await held.release();
    }
    assert.ok((await fresh()).access === second.access);
    assert.ok((await storedCredentials(scene.home.aihub)).anthropic?.refresh === second.refresh, "the new tokens are not stored");
    assert.equal((await runCli(["auth", "token", "anthropic"], scene.env)).code, 0);
    assert.equal(refreshes(), asked + 2);
  });

  describe("for want of permission", () => {
    // Root may write everywhere; to it, somebody else stands in.
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    let env: Record<string, string>;

    before(async function () {
      const { code } = await startCli(["--version"], {}, user).result.catch(() => ({ code: 1 }));
      if (code !== 0) skipBecause(this, "another user cannot run the command that was built here");
    });
    beforeEach(async () => {
      const certificate = join(scene.home.path, "ca.pem");
      await copyFile(scene.sandbox.caFile, certificate);
      env = { ...scene.env, SSL_CERT_FILE: certificate, NODE_EXTRA_CA_CERTS: certificate };
      await expireStored(scene.home.aihub, "anthropic");
      await giveAway(scene.home.path);
    });

    const auth = (...args: string[]) => startCli(["auth", ...args], env, user).result;
    const content = () => readFile(oauthFile(scene.home.aihub), "utf8");

    it("to write: nothing is spent, and it is said what to do", async () => {
      const credentials = join(scene.home.aihub, "credentials");
      await chmod(credentials, 0o500);
      const [before, asked] = [await content(), refreshes()];
      const { code, stdout, stderr } = await auth("token", "anthropic");
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /aihub\/credentials\S* could not be written: permission denied\. .*correct the permissions, then try again\.\n$/);
      assert.deepEqual([await content(), refreshes()], [before, asked]);

      await chmod(credentials, 0o700);
      assert.equal((await auth("token", "anthropic")).code, 0);
      assert.equal(refreshes(), asked + 1);
    });

    it("to read: that is no sign-out", async () => {
      const [before, asked] = [await content(), refreshes()];
      for (const name of ["oauth.json", "oauth.json.last-good"]) await chmod(join(scene.home.aihub, "credentials", name), 0);
      for (const command of [["token", "anthropic"], ["status"], ["logout", "anthropic", "--yes"]]) {
        const { code, stdout, stderr } = await auth(...command);
        assert.deepEqual([code, stdout], [1, ""], command[0]);
        assert.match(stderr, /oauth\.json cannot be read: permission denied\. It was left as it is/);
      }
      await chmod(oauthFile(scene.home.aihub), 0o600);
      assert.deepEqual([await content(), refreshes()], [before, asked]);
    });

    async function giveAway(folder: string): Promise<void> {
      if (user.uid === undefined) return;
      await chown(folder, user.uid, user.gid);
      for (const name of await readdir(folder, { recursive: true })) await chown(join(folder, name), user.uid, user.gid);
    }
  });
});
