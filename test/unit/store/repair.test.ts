import assert from "node:assert/strict";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CredentialStore, Snapshot } from "../../../src/store/credentialStore";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { storePaths } from "../../../src/store/paths";
import { skipBecause } from "../../support/skipBecause";
import { mountSmallDisk } from "../../support/smallDisk";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

describe("a write that repairs a broken file", () => {
  let home: TemporaryHome;
  let store: CredentialStore;
  let oauthFile: string;
  let before: Snapshot;
  beforeEach(async () => {
    home = await createTemporaryHome();
    await open(home.aihub);
  });
  afterEach(() => home.remove());

  async function open(folder: string): Promise<void> {
    store = createFileCredentialStore(folder);
    oauthFile = storePaths(folder).credentials;
    await store.update(({ credentials }) => {
      for (const name of ["ada", "grace"]) credentials[`anthropic:${name}`] = { type: "oauth", access: `access of ${name}`, refresh: `refresh of ${name}`, expires: 1 };
    });
    before = await store.read();
  }
  const spoil = async () => {
    const broken = (await readFile(oauthFile, "utf8")).slice(0, 60);
    await writeFile(oauthFile, broken, { mode: 0o600 });
    return broken;
  };
  const change = (value: string) => store.update(({ index }) => void (index.lastGood = { anthropic: value }));
  const beside = () => readdir(dirname(oauthFile));

  it("leaves it beside the new one, as it was, for its owner alone", async () => {
    const broken = await spoil();
    await change("anthropic:ada");
    const [whole, aside = "", copy, ...others] = await beside();
    assert.deepEqual([whole, copy, others], ["oauth.json", "oauth.json.last-good", []]);
    assert.match(aside, /^oauth\.json\.broken-\d+$/);
    const file = join(dirname(oauthFile), aside);
    assert.equal(await readFile(file, "utf8"), broken);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual((await store.read()).credentials, before.credentials);
  });

  it("is a sign-out to nobody who watches", async () => {
    const seen: Promise<Snapshot>[] = [];
    const other = createFileCredentialStore(home.aihub);
    const subscription = other.onDidChange(() => void seen.push(other.read()));
    try {
      for (let round = 0; round < 10; round++) {
        await spoil();
        const count = seen.length;
        await change(String(round));
        while (seen.length === count) await new Promise((resolve) => setTimeout(resolve, 10));
      }
    } finally {
      subscription.dispose();
    }
    for (const { credentials } of await Promise.all(seen)) assert.deepEqual(credentials, before.credentials);
  });

  it("changes nothing on a full disk, however often, and succeeds with room again", async function () {
    const disk = (await mountSmallDisk(join(home.path, "small"))) ?? skipBecause(this, "no file system may be mounted here");
    try {
      await open(join(disk.path, "aihub"));
      const broken = await spoil();
      await disk.fill();
      for (let time = 0; time < 2; time++) await assert.rejects(change("anthropic:ada"), { code: "store_not_writable" });
      assert.equal(await readFile(oauthFile, "utf8"), broken);
      assert.deepEqual(await beside(), ["oauth.json", "oauth.json.last-good"]);
      assert.deepEqual(await store.read(), before);
      await disk.makeRoom();
      await change("anthropic:ada");
      assert.deepEqual((await store.read()).credentials, before.credentials);
    } finally {
      await disk.remove();
    }
  });

  it("does not bring back what a person has removed by hand", async () => {
    await rm(oauthFile);
    assert.deepEqual((await store.read()).credentials, {});
    await change("anthropic:ada");
    assert.deepEqual((await store.read()).credentials, {});
  });
});
