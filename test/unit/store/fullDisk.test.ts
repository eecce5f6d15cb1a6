import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CredentialStore } from "../../../src/store/credentialStore";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { storePaths } from "../../../src/store/paths";
import { writeSecretFile } from "../../../src/store/secretFile";
import { skipBecause } from "../../support/skipBecause";
import { mountSmallDisk, type SmallDisk } from "../../support/smallDisk";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

const block = 4096;

describe("a disk that has room for a part only", () => {
  let home: TemporaryHome;
  let disk: SmallDisk;
  let store: CredentialStore;
  let oauthFile: string;
  beforeEach(async function () {
    home = await createTemporaryHome();
    disk = (await mountSmallDisk(join(home.path, "small"))) ?? skipBecause(this, "no file system may be mounted here");
    store = createFileCredentialStore(join(disk.path, "aihub"));
    oauthFile = storePaths(join(disk.path, "aihub")).credentials;
  });
  afterEach(async () => {
    await disk?.remove();
    await home.remove();
  });

  /** One credential of this size, in bytes. */
  const put = (name: string, size: number) =>
    store.update(({ credentials }) => void (credentials["anthropic:default"] = { type: "oauth", access: name, refresh: name.padEnd(size, "."), expires: 1 }));
  const storedIn = async (file: string) => (JSON.parse(await readFile(file, "utf8")) as { anthropic: { access: string } }).anthropic.access;

  for (const blocks of [0, 1, 2]) {
    it(`(${blocks} blocks of 3) keeps a file of secrets as it was, and says that it is full`, async () => {
      const file = join(disk.path, "secrets", "file");
      await writeSecretFile(file, "old");
      await disk.fill(blocks);
      for (let time = 0; time < 2; time++) {
        await assert.rejects(writeSecretFile(file, "new".repeat(block)), { code: "store_not_writable", message: /secrets\/file could not be written: the disk is full\./ });
        assert.equal(await readFile(file, "utf8"), "old");
      }
      assert.deepEqual(await readdir(dirname(file)), ["file"]);
      await disk.makeRoom();
      await writeSecretFile(file, "new".repeat(block));
      assert.equal(await readFile(file, "utf8"), "new".repeat(block));
    });
  }

  it("keeps the sign-ins as they were", async () => {
    await put("old", 2 * block);
    const before = await store.read();
    await disk.fill(1);
    await assert.rejects(put("new", 2 * block), { code: "store_not_writable" });
    assert.deepEqual(await store.read(), before);
    for (const file of [oauthFile, `${oauthFile}.last-good`]) assert.equal(await storedIn(file), "old");
  });

  it("keeps the last good copy whole where the file itself has taken the room for it", async () => {
    await put("old", block);
    // The file grows by a block, and leaves its copy two, which needs three.
    await disk.fill(3);
    await put("new", 2 * block);
    assert.equal(await storedIn(oauthFile), "new");
    assert.equal(await storedIn(`${oauthFile}.last-good`), "old");
    await disk.makeRoom();
    await put("newer", 2 * block);
    assert.equal(await storedIn(`${oauthFile}.last-good`), "newer");
  });

  it("is found out before a change that must be followed by another, and nothing is left of that", async () => {
    await put("old", 2 * block);
    const note = () => store.update(({ index }) => void (index.lastGood = { anthropic: "anthropic:default" }), { ensureRoom: true });
    await disk.fill(2);
    await assert.rejects(note(), { code: "store_not_writable", message: /oauth\.json could not be written: the disk is full\./ });
    assert.equal((await store.read()).index.lastGood, undefined);
    await disk.makeRoom();
    await note();
    assert.deepEqual((await store.read()).index.lastGood, { anthropic: "anthropic:default" });
    assert.deepEqual(await readdir(dirname(oauthFile)), ["oauth.json", "oauth.json.last-good"]);
  });
});
