import assert from "node:assert/strict";
import { chmod, chown, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { logout } from "../../../src/auth/logout";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import type { CredentialStore } from "../../../src/store/credentialStore";
import { profileId } from "../../../src/store/profileId";
import type { OAuthCredential } from "../../../src/store/schema";
import { bundleChild, endTalkers, startTalker } from "../../support/childProcess";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

describe("the file store", () => {
  let home: TemporaryHome;
  let store: CredentialStore;
  let said: string[];
  let oauthFile: string;

  beforeEach(async () => {
    home = await createTemporaryHome();
    said = [];
    store = createFileCredentialStore(home.aihub, { debug: () => {}, info: () => {}, warn: (message) => said.push(message) });
    oauthFile = join(home.aihub, "credentials", "oauth.json");
  });
  afterEach(() => home.remove());

  const credential = (name: string): OAuthCredential => ({ type: "oauth", access: `access of ${name}`, refresh: `refresh of ${name}`, expires: 1 });
  const place = async (text: string, mode = 0o600) => {
    await mkdir(join(home.aihub, "credentials"), { recursive: true, mode: 0o700 });
    await writeFile(oauthFile, text, { mode });
    await chmod(oauthFile, mode);
  };
  const onDisk = async () => JSON.parse(await readFile(oauthFile, "utf8")) as Record<string, unknown>;

  it("is empty where there are no files, and makes none by reading", async () => {
    assert.deepEqual(await store.read(), { credentials: {}, index: { version: 1, profiles: {} } });
    await assert.rejects(stat(home.aihub), { code: "ENOENT" });
  });

  it("keys the default profile by its provider, others by their id", async () => {
    await store.update((draft) => {
      draft.credentials["anthropic:default"] = credential("a");
      draft.credentials["anthropic:work"] = credential("b");
    });
    assert.deepEqual(Object.keys(await onDisk()), ["anthropic", "anthropic:work"]);
    assert.deepEqual(Object.keys((await store.read()).credentials), ["anthropic:default", "anthropic:work"]);
  });

  describe("with a default profile under both of its names", () => {
    const other = { "openai-codex": credential("c") };
    beforeEach(() => place(JSON.stringify({ anthropic: credential("canonical"), "anthropic:default": credential("alias"), ...other })));

    for (const first of ["anthropic", "anthropic:default"]) {
      it(`reads the one under the provider's, also when ${first} stands first`, async () => {
        const second = first === "anthropic" ? "anthropic:default" : "anthropic";
        const entries: Record<string, OAuthCredential> = { anthropic: credential("canonical"), "anthropic:default": credential("alias") };
        await place(JSON.stringify({ [first]: entries[first], [second]: entries[second] }));
        assert.deepEqual((await store.read()).credentials, { "anthropic:default": credential("canonical") });
      });
    }

    it("writes the one and removes the other with the next change of it", async () => {
      await store.update((draft) => {
        draft.credentials["anthropic:default"] = credential("renewed");
      });
      assert.deepEqual(await onDisk(), { anthropic: credential("renewed"), ...other });
    });

    it("signs out of both", async () => {
      assert.equal(await logout(store, "anthropic:default"), true);
      assert.deepEqual(await onDisk(), other);
      assert.deepEqual(Object.keys((await store.read()).credentials), ["openai-codex:default"]);
    });
  });

  it("takes a default profile that stands under its id alone, and writes it under its provider's", async () => {
    await place(JSON.stringify({ "anthropic:default": credential("alias") }));
    assert.deepEqual((await store.read()).credentials, { "anthropic:default": credential("alias") });
    await store.update((draft) => {
      draft.credentials["anthropic:default"] = credential("renewed");
    });
    assert.deepEqual(await onDisk(), { anthropic: credential("renewed") });
  });

  it("keeps entries, members and files' parts that it does not know", async () => {
    const strange = { future: { type: "passkey", blob: 1 }, anthropic: { ...credential("a"), scopes: ["x"] }, broken: 7 };
    await place(JSON.stringify(strange));
    await store.update((draft) => {
      draft.credentials["openai-codex:default"] = credential("b");
    });
    assert.deepEqual(await onDisk(), { ...strange, "openai-codex": credential("b") });
  });

  it("changes nothing when a change throws, and nothing when nothing changed", async () => {
    await place(JSON.stringify({ anthropic: credential("a") }));
    const before = await stat(oauthFile, { bigint: true });
    await assert.rejects(store.update(() => assert.fail("no")));
    await store.update(() => {});
    const after = await stat(oauthFile, { bigint: true });
    assert.equal(after.ino, before.ino);
    assert.equal(after.mtimeNs, before.mtimeNs);
  });

  it("loses no entry to 10 processes of 10 writers at once, is whole at any time, and leaves nothing behind", async function () {
    this.timeout(60_000);
    await place("{}");
    const bundle = await bundleChild(join(__dirname, "tenWriters.ts"), home.path);
    const writers = Array.from({ length: 10 }, (_, number) => startTalker([bundle, home.aihub, String(number)], {}));
    try {
      await Promise.all(writers.map((writer) => writer.line()));
      for (const writer of writers) writer.tell("go");
      let isWriting = true;
      const written = Promise.all(writers.map((writer) => writer.line())).finally(() => (isWriting = false));
      for (let seen = 0; isWriting; await pause(1)) {
        const count = Object.keys(await onDisk()).length;
        assert.ok(count >= seen, `${seen} entries, then ${count}`);
        seen = count;
      }
      assert.deepEqual(await written, Array.from({ length: 10 }, () => "written"));
    } finally {
      endTalkers();
    }
    const names = Array.from({ length: 100 }, (_, number) => `anthropic:p${number}`);
    assert.deepEqual(await onDisk(), Object.fromEntries(names.map((name) => [name, credential(name)])));
    assert.deepEqual(await readdir(join(home.aihub, "credentials")), ["oauth.json", "oauth.json.last-good"]);
  });

  it("removes with a sign-out what killed writers and repairs have left, and nothing else", async () => {
    await place(JSON.stringify({ anthropic: credential("a"), "openai-codex": credential("b") }));
    const hour = 3600_000;
    const longAgo = new Date(Date.now() - hour);
    const names = {
      left: ["oauth.json.3026478134", "oauth.json.last-good.77", `oauth.json.broken-${Date.now() - 25 * hour}`],
      kept: [`oauth.json.broken-${Date.now() - 23 * hour}`, "oauth.json.bak", "oauth.json.2026-01-01", "oauth.jsonl", "notes.1"],
    };
    for (const name of [...names.left, ...names.kept]) {
      await writeFile(join(home.aihub, "credentials", name), "access of a", { mode: 0o600 });
      await utimes(join(home.aihub, "credentials", name), longAgo, longAgo);
    }
    await writeFile(join(home.aihub, "credentials", "oauth.json.12"), "of a moment ago", { mode: 0o600 });
    const beside = async () => (await readdir(join(home.aihub, "credentials"))).sort();
    const all = await beside();
    await store.update((draft) => {
      draft.credentials["anthropic:default"] = credential("renewed");
    });
    assert.deepEqual(await beside(), [...all, "oauth.json.last-good"].sort());
    assert.equal(await logout(store, "anthropic:default"), true);
    assert.deepEqual(await beside(), ["oauth.json", "oauth.json.last-good", "oauth.json.12", "locks", ...names.kept].sort());
  });

  it("locks each account by itself, however long its name and in whatever script", async () => {
    const names = ["work", "ю".repeat(99) + "а", "ю".repeat(99) + "б", "𝒳".repeat(50), "x".repeat(100)];
    const waiter = { settle: () => Promise.resolve(undefined), isHolderDead: () => Promise.resolve(false) };
    // Each within the one before: two that shared a lock would wait for each other.
    const hold = ([name, ...others]: string[]): Promise<string[]> =>
      name === undefined ? readdir(join(home.aihub, "credentials", "locks")) : store.withCredentialLock(profileId("anthropic", name), () => hold(others), waiter);
    const locks = await hold(names);
    assert.equal(locks.length, names.length);
    assert.ok(locks.includes("anthropic%3Awork.lock"), "versions side by side would not see each other's locks");
    for (const lock of locks) assert.ok(Buffer.byteLength(lock) <= 143, lock);
  });

  it("narrows wider permissions and says so once", async () => {
    await place(JSON.stringify({ anthropic: credential("a") }), 0o644);
    await store.read();
    await store.read();
    assert.equal((await stat(oauthFile)).mode & 0o777, 0o600);
    assert.equal(said.length, 1);
    assert.match(said[0] ?? "", /oauth\.json could be read by others/);
  });

  const signIn = () => store.update((draft) => void (draft.credentials["anthropic:default"] = credential("a")));

  it("refuses a symbolic link for secrets, for reading and for writing", async () => {
    await place("{}");
    const elsewhere = join(home.path, "elsewhere.json");
    await rename(oauthFile, elsewhere);
    await symlink(elsewhere, oauthFile);
    for (const use of [() => store.read(), signIn]) await assert.rejects(use, { code: "store_not_secure", message: /oauth\.json is not safe .*: it is a symbolic link\./ });
    assert.equal(await readFile(elsewhere, "utf8"), "{}");
  });

  for (const folder of ["credentials", "agent"]) {
    it(`refuses a symbolic link in place of ${folder}, for reading and for writing`, async () => {
      await signIn();
      await rename(join(home.aihub, folder), join(home.path, "elsewhere"));
      await symlink(join(home.path, "elsewhere"), join(home.aihub, folder));
      for (const use of [() => store.read(), signIn]) await assert.rejects(use, { code: "store_not_secure", message: new RegExp(`${folder} is not safe .*: it is a symbolic link\\.`) });
    });
  }

  it("works in a home that is a symbolic link", async () => {
    await mkdir(join(home.path, "elsewhere"));
    await symlink(join(home.path, "elsewhere"), home.aihub);
    await signIn();
    assert.ok((await store.read()).credentials["anthropic:default"]);
  });

  it("writes no secrets to where a link in place of the last good copy leads", async () => {
    await signIn();
    const elsewhere = join(home.path, "elsewhere.json");
    await writeFile(elsewhere, "{}");
    await rm(`${oauthFile}.last-good`);
    await symlink(elsewhere, `${oauthFile}.last-good`);
    await store.update((draft) => void (draft.credentials["anthropic:default"] = credential("renewed")));
    assert.equal(await readFile(elsewhere, "utf8"), "{}");
    assert.ok((await lstat(`${oauthFile}.last-good`)).isFile());
    assert.equal(await readFile(`${oauthFile}.last-good`, "utf8"), await readFile(oauthFile, "utf8"));
  });

  it("refuses a file that belongs to someone else", async function () {
    await place(JSON.stringify({ anthropic: credential("a") }));
    // To give a file away takes root.
    if (process.getuid?.() !== 0) return this.skip();
    await chown(oauthFile, 12345, 12345);
    await assert.rejects(store.read(), /belongs to someone else/);
  });

  it("works in a folder whose mount shows everything as somebody's", async function () {
    await place(JSON.stringify({ anthropic: credential("a") }));
    if (process.getuid?.() !== 0) return this.skip();
    await chown(oauthFile, 12345, 12345);
    await chown(join(home.aihub, "credentials"), 12345, 12345);
    assert.ok((await store.read()).credentials["anthropic:default"]);
  });
});
