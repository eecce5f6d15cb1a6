import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { logout } from "../../../src/auth/logout";
import { listProfiles } from "../../../src/auth/profiles";
import type { CredentialStore } from "../../../src/store/credentialStore";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { storePaths, type StorePaths } from "../../../src/store/paths";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

const work = "anthropic:work";
const ada = { type: "oauth", access: "access of ada", refresh: "refresh of ada", expires: 1 };

describe("an entry that is not understood", () => {
  let home: TemporaryHome;
  let store: CredentialStore;
  let paths: StorePaths;
  let said: string[];
  beforeEach(async () => {
    home = await createTemporaryHome();
    paths = storePaths(home.aihub);
    said = [];
    store = createFileCredentialStore(home.aihub, { debug: () => {}, info: () => {}, warn: (message) => said.push(message) });
  });
  afterEach(() => home.remove());

  const place = async (tokens: unknown, profiles: unknown, more = {}) => {
    for (const [file, value] of [[paths.credentials, tokens], [paths.profiles, { version: 1, profiles, ...more }]] as const) {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, JSON.stringify(value), { mode: 0o600 });
    }
  };
  const onDisk = async () => [await read(paths.credentials), await read(paths.profiles)];
  const read = async (file: string) => JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  const statuses = async () => listProfiles(await store.read()).map(({ id, status }) => [id, status]);
  const change = () => store.update(({ index }) => void (index.lastGood = { anthropic: work }));

  describe("of the tokens", () => {
    const index = { "anthropic:default": { provider: "anthropic", type: "oauth", label: "Ada" } };

    it("but for its expiry is a sign-in that has expired, and stands as it is until it is renewed", async () => {
      for (const expires of [null, undefined, "soon"]) {
        await place({ anthropic: { ...ada, expires } }, index);
        assert.deepEqual(await statuses(), [["anthropic:default", "expired"]]);
        const [before] = await onDisk();
        await change();
        assert.deepEqual((await onDisk())[0], before);
      }
      await store.update(({ credentials }) => void (credentials["anthropic:default"]!.expires = 2));
      assert.deepEqual((await onDisk())[0], { anthropic: { ...ada, expires: 2 } });
    });

    for (const [what, entry, profiles] of [
      ["with a word of it missing", { ...ada, access: "" }, index],
      ["of a kind from the future", { type: "passkey", blob: "access of ada" }, index],
      ["that the index does not know", { ...ada, refresh: 7 }, {}],
    ] as const) {
      it(`${what} is no sign-out, is told of by its name, and survives every change`, async () => {
        await place({ anthropic: entry, "anthropic:work": ada }, profiles);
        const before = await onDisk();
        for (let time = 0; time < 2; time++) assert.deepEqual((await statuses())[0], ["anthropic:default", "sign-in-again"]);
        assert.equal(said.length, 1);
        assert.match(said[0]!, /^The profile anthropic:default in \S+oauth\.json cannot be read: \w+ is not as expected\. It was left as it is\. Sign in with /);
        assert.doesNotMatch(said[0]!, /of ada/);
        await change();
        assert.deepEqual(await onDisk(), [before[0], { ...before[1], lastGood: { anthropic: work } }]);
      });
    }

    it("goes with a sign-out", async () => {
      await place({ anthropic: { ...ada, access: "" }, other: { type: "passkey" } }, index);
      assert.equal(await logout(store, "anthropic:default"), true);
      assert.deepEqual(await onDisk(), [{ other: { type: "passkey" } }, { version: 1, profiles: {} }]);
    });
  });

  describe("of the index", () => {
    const strange = { "openai:ci": { provider: "openai", type: "token", key: "k" }, "anthropic:default": { provider: "anthropic", type: "oauth", label: 7 } };
    const known = { "mistral:me": { provider: "mistral", type: "api_key", key: "$env:M" } };

    it("voids no other, is told of by its name, and survives every change", async () => {
      await place({ anthropic: ada }, { ...strange, ...known }, { future: 1 });
      const before = await onDisk();
      assert.deepEqual(Object.keys((await store.read()).index.profiles), ["mistral:me"]);
      await change();
      await store.update((draft) => {
        draft.credentials[work] = { ...ada, type: "oauth" };
        draft.index.profiles[work] = { provider: "anthropic", type: "oauth", label: "Work" };
        delete draft.index.profiles["mistral:me"];
      });
      const added = { [work]: { provider: "anthropic", type: "oauth", label: "Work" } };
      assert.deepEqual(await onDisk(), [{ anthropic: ada, [work]: ada }, { ...before[1], profiles: { ...strange, ...added }, lastGood: { anthropic: work } }]);
      assert.deepEqual(said.map((message) => /The profile (\S+) in (?:\S+)auth-profiles\.json cannot be read: (\w+) is not/.exec(message)?.slice(1)), [
        ["openai:ci", "type"],
        ["anthropic:default", "label"],
      ]);
      assert.deepEqual(await readdir(dirname(paths.profiles)), ["auth-profiles.json", "auth-profiles.json.last-good"]);
    });

    it("leaves its tokens where they are, and gives them to nobody", async () => {
      await place({ anthropic: ada }, strange);
      assert.deepEqual((await store.read()).credentials, {});
      assert.deepEqual(await statuses(), [
        ["anthropic:default", "sign-in-again"],
        ["openai:ci", "sign-in-again"],
      ]);
    });
  });

  describe("because a newer version has written the index", () => {
    const index = { "anthropic:default": { provider: "anthropic", type: "oauth", label: "Ada" } };
    const newer = { code: "store_newer", message: /auth-profiles\.json was written by a newer version of AIHub\. Nothing was changed; update this one/ };

    it("leaves all that is understood in use, and nothing is written over", async () => {
      await place({ anthropic: ada }, index, { version: 2, future: { anthropic: 1 } });
      const before = await onDisk();
      assert.deepEqual(Object.keys((await store.read()).credentials), ["anthropic:default"]);
      await assert.rejects(change(), newer);
      await assert.rejects(store.update(({ credentials }) => void delete credentials["anthropic:default"]), newer);
      assert.deepEqual(await onDisk(), before);
    });

    it("is not taken for a broken file: no older copy stands in", async () => {
      await place({ anthropic: ada }, index);
      await change();
      await writeFile(paths.profiles, JSON.stringify({ version: 2, profiles: [] }), { mode: 0o600 });
      for (const use of [() => store.read(), change]) await assert.rejects(use, newer);
    });
  });

  it("of another form in the index is told of with the place, and where what it stood in is kept", async () => {
    await place({ anthropic: ada }, {});
    await change();
    const broken = JSON.stringify({ version: 1, profiles: {}, order: { anthropic: "anthropic:work" } });
    await writeFile(paths.profiles, broken, { mode: 0o600 });
    await store.update(({ index }) => void (index.lastGood = {}));
    const aside = (await readdir(dirname(paths.profiles))).find((name) => name.includes(".broken-"));
    assert.match(said[0]!, /auth-profiles\.json cannot be read: order\.anthropic is not as expected/);
    assert.ok(aside && said[1]?.endsWith(`/${aside}.`), said[1]);
    assert.equal(await readFile(paths.profiles.replace(/[^/\\]*$/, aside), "utf8"), broken);
  });
});
