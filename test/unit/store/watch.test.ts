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

  for (const what of ["folder", "home"] as const) {
    it(`is heard of again after the ${what} was removed and made anew`, async () => {
      const add = (name: string) =>
        store().update(({ credentials }) => {
          credentials[`anthropic:${name}`] = { type: "oauth", access: "a", refresh: "r", expires: 1 };
        });
      for (let round = 0; round < 2; round++) {
        let change = heard(1);
        await add("a");
        await change;
        change = heard(0);
        await rm(what === "home" ? home.aihub : dirname(storePaths(home.aihub).credentials), { recursive: true });
        await change;
        change = heard(1);
        await add("b");
        await change;
        change = heard(2);
        await add("c");
        await change;
        change = heard(0);
        await store().update((draft) => void (draft.credentials = {}));
        await change;
      }
    });
  }
});
