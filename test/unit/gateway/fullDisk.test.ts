import assert from "node:assert/strict";
import { chmod, chown, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { changeAuthFile, readAuthFile } from "../../../src/gateway/authFile";
import { writeConfig } from "../../../src/gateway/writeConfig";
import { skipBecause } from "../../support/skipBecause";
import { mountSmallDisk, type SmallDisk } from "../../support/smallDisk";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

const isFull = { code: "store_not_writable", message: /could not be written: the disk is full\./ };

describe("the gateway's files", () => {
  let home: TemporaryHome;
  beforeEach(async () => {
    home = await createTemporaryHome();
  });
  afterEach(() => home.remove());

  describe("on a disk that has room for a part only", () => {
    let disk: SmallDisk;
    beforeEach(async function () {
      disk = (await mountSmallDisk(join(home.path, "small"))) ?? skipBecause(this, "no file system may be mounted here");
    });
    afterEach(() => disk?.remove());

    it("are never torn: its credentials", async () => {
      const entries = (access: string) => ({ anthropic: { type: "oauth", access: access.padEnd(9000, "."), refresh: access, expires: 1 } });
      await writeFile(join(disk.path, "auth.json"), JSON.stringify(entries("old")), { mode: 0o600 });
      await disk.fill(1);
      await assert.rejects(changeAuthFile(disk.path, () => Promise.resolve(entries("new"))), isFull);
      assert.deepEqual(await readAuthFile(disk.path), entries("old"));
      await disk.makeRoom();
      await changeAuthFile(disk.path, () => Promise.resolve(entries("new")));
      assert.deepEqual(await readAuthFile(disk.path), entries("new"));
    });

    it("are never torn: its config", async () => {
      const file = join(disk.path, "aihub.json");
      const old = JSON.stringify({ agents: [], notes: "old".repeat(3000) });
      await writeFile(file, old);
      await disk.fill(1);
      await assert.rejects(writeConfig(file, old.replaceAll("old", "new")), isFull);
      assert.equal(await readFile(file, "utf8"), old);
    });
  });

  it("that are read-only to their owner are replaced, and stay so", async function () {
    const file = join(home.path, "agent.yaml");
    await writeFile(file, "id: old");
    await chmod(file, 0o444);
    // Root may write everywhere; to it, somebody else stands in.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) for (const path of [home.path, file]) await chown(path, 65534, process.getgid!());
    try {
      if (isRoot) process.seteuid!(65534);
      await writeConfig(file, "id: new");
    } finally {
      if (isRoot) process.seteuid!(0);
    }
    assert.equal(await readFile(file, "utf8"), "id: new");
    if (process.platform !== "win32") assert.equal((await stat(file)).mode & 0o777, 0o444);
  });
});
