import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import type { CredentialStore, Snapshot } from "../../../src/store/credentialStore";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { storePaths } from "../../../src/store/paths";
import { endTalkers, startTalker } from "../../support/childProcess";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

describe("a broken file of the store is never taken for a sign-out", () => {
  let home: TemporaryHome;
  let store: CredentialStore;
  let said: string[];
  let before: Snapshot;
  beforeEach(async () => {
    home = await createTemporaryHome();
    said = [];
    store = createFileCredentialStore(home.aihub, { debug: () => {}, info: () => {}, warn: (message) => said.push(message) });
    await store.update(({ credentials, index }) => {
      credentials["anthropic:default"] = { type: "oauth", access: "access of ada", refresh: "refresh of ada", expires: 1 };
      index.profiles["anthropic:default"] = { provider: "anthropic", type: "oauth", label: "ada@example.com" };
    });
    before = await store.read();
  });
  afterEach(() => {
    endTalkers();
    return home.remove();
  });

  const breaks: Record<string, (whole: string) => string> = {
    truncated: (whole) => whole.slice(0, -20),
    empty: () => "",
    "wrongly typed": (whole) => (whole.includes('"version"') ? '{"version": 1, "profiles": ["access of ada"]}' : '"access of ada"'),
    "another JSON value": () => '[{"type": "oauth", "access": "access of ada"}]',
    "not JSON": () => "access of ada\u0000\u0001",
    huge: () => `${" ".repeat(5_000_000)}{"anthropic":`,
  };

  for (const which of ["credentials", "profiles"] as const) {
    for (const [how, spoil] of Object.entries(breaks)) {
      it(`${which}, ${how}`, async () => {
        const file = storePaths(home.aihub)[which];
        const broken = spoil(await readFile(file, "utf8"));
        await writeFile(file, broken, { mode: 0o600 });
        for (let time = 0; time < 2; time++) assert.deepEqual(await store.read(), before);
        assert.equal(said.length, 1);
        assert.match(said[0]!, /(oauth|auth-profiles)\.json cannot be read: \w.* The copy of its last good state is used\.$/);
        assert.doesNotMatch(said[0]!, /access of/);

        await rm(`${file}.last-good`);
        for (const use of [() => store.read(), () => store.update(({ credentials }) => delete credentials["anthropic:default"])]) {
          await assert.rejects(use, (error: Error) => {
            assert.match(error.message, /(oauth|auth-profiles)\.json cannot be read: .* It was left as it is; correct or move it/);
            assert.doesNotMatch(error.message, /access of/);
            return true;
          });
        }
        assert.equal(await readFile(file, "utf8"), broken);
      });
    }
  }

  it("of the wrong form names the place", async () => {
    const file = storePaths(home.aihub).profiles;
    await rm(`${file}.last-good`);
    await writeFile(file, JSON.stringify({ version: 1, profiles: {}, order: { x: 1 } }), { mode: 0o600 });
    await assert.rejects(store.read(), /auth-profiles\.json.*order\.x/);
  });

  it("while a peer writes in place, over and over", async () => {
    // As Pi writes its own: the file is emptied first and then filled, in pieces.
    const inPlace = `
      const { openSync, writeSync, closeSync, readFileSync } = require("node:fs");
      const [, file] = process.argv;
      const whole = readFileSync(file, "utf8");
      let next;
      function write() {
        const target = openSync(file, "w");
        for (let at = 0; at < whole.length; at += 40) writeSync(target, whole.slice(at, at + 40));
        closeSync(target);
        next = setImmediate(write);
      }
      write();
      console.log("writes");
      process.stdin.resume().once("end", () => {
        clearImmediate(next);
        console.log("wrote to the end");
      });`;
    const peer = startTalker(["-e", inPlace, storePaths(home.aihub).credentials], {});
    assert.equal(await peer.line(), "writes");
    for (let reads = 0; reads < 20; reads++) assert.deepEqual(await store.read(), before);
    await peer.end();
    assert.equal(await peer.line(), "wrote to the end");
  });
});
