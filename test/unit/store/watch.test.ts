import assert from "node:assert/strict";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Disposable } from "../../../src/common/disposable";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { storePaths } from "../../../src/store/paths";
import { bundleChild, endTalkers, startTalker } from "../../support/childProcess";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

describe("a change of the store", () => {
  let home: TemporaryHome;
  let subscription: Disposable;
  let hear = () => {};
  beforeEach(async () => {
    home = await createTemporaryHome();
    subscription = store().onDidChange(() => hear());
  });
  afterEach(async () => {
    subscription.dispose();
    endTalkers();
    await home.remove();
  });

  const store = () => createFileCredentialStore(home.aihub);
  /** Resolves when a change was heard of after which the store holds so many entries. */
  const heard = (count: number) =>
    new Promise<void>((resolve, reject) => {
      hear = () => void store().read().then(({ credentials }) => Object.keys(credentials).length === count && resolve(), reject);
    });

  it("by another process is heard of, to the last of many", async () => {
    const all = heard(10);
    const writer = startTalker([await bundleChild(join(__dirname, "tenWriters.ts"), home.path), home.aihub, "0"], {});
    await writer.line();
    writer.tell("go");
    assert.equal(await writer.line(), "written");
    await all;
  });

  it("is heard of again after the file was replaced, removed and made anew", async () => {
    const file = storePaths(home.aihub).credentials;
    const entry = (name: string) => ({ [`anthropic:${name}`]: { type: "oauth", access: "a", refresh: "r", expires: 1 } });
    const replace = async (entries: object) => {
      await writeFile(`${file}.new`, JSON.stringify(entries), { mode: 0o600 });
      await rename(`${file}.new`, file);
    };
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    let change = heard(1);
    await replace(entry("a"));
    await change;
    change = heard(2);
    await replace({ ...entry("a"), ...entry("b") });
    await change;
    change = heard(0);
    await rm(file);
    await change;
    change = heard(3);
    await replace({ ...entry("a"), ...entry("b"), ...entry("c") });
    await change;
  });
});
