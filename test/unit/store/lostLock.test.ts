import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { CredentialStore } from "../../../src/store/credentialStore";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { fileLock, withLock } from "../../../src/store/lock";
import { bundleChild, endTalkers, startTalker } from "../../support/childProcess";
import { skipBecause } from "../../support/skipBecause";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";
import { until } from "../../support/until";

describe("a lock that another has taken over", () => {
  let home: TemporaryHome;
  let store: CredentialStore;
  let lock: string;
  beforeEach(async () => {
    home = await createTemporaryHome();
    store = createFileCredentialStore(home.aihub);
    lock = join(home.aihub, "credentials", "oauth.json.lock");
    await write("old");
  });
  afterEach(async () => {
    endTalkers();
    await home.remove();
  });

  const write = (access: string) => store.update(({ credentials }) => void (credentials["anthropic:default"] = { type: "oauth", access, refresh: `refresh of ${access}`, expires: 1 }));
  const stored = async () => (await store.read()).credentials["anthropic:default"]?.access;

  // As it is after some seconds in which its holder has not renewed it.
  for (const [what, isHeld] of [["is done", false], ["is at it still", true]] as const) {
    it(`while its holder was stopped: that one writes nothing, when the other ${what}`, async function () {
      if (process.platform === "win32") skipBecause(this, "no process can be stopped here");
      const writer = startTalker([await bundleChild(join(__dirname, "stoppedWriter.ts"), home.path), home.aihub], {});
      assert.equal(await writer.line(), "changing");
      await until("the stop", () => execFileSync("ps", ["-o", "state=", "-p", String(writer.pid)], { encoding: "utf8" }).startsWith("T"));
      await rmdir(lock);
      await write("new");
      if (isHeld) await mkdir(lock);

      process.kill(writer.pid, "SIGCONT");
      assert.equal(await writer.line(), "store_busy");
      await writer.end();
      assert.equal(await stored(), "new");
      // Nobody else may come in as long as the other is at it.
      assert.equal(await stat(lock).then(() => true, () => false), isHeld);
    });
  }

  it("within one process: the one before neither writes under it nor lets go of it", async () => {
    const file = join(home.path, "file");
    let end = () => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    let next: Promise<void> | undefined;
    await withLock(file, fileLock, async (ensureHeld) => {
      await rmdir(`${file}.lock`);
      await new Promise<void>((claimed) => {
        next = withLock(file, fileLock, async (ensureOwn) => {
          claimed();
          await ended;
          ensureOwn();
        });
      });
      assert.throws(ensureHeld, { code: "store_busy" });
    });
    assert.ok((await stat(`${file}.lock`)).isDirectory());
    end();
    await next;
    await assert.rejects(stat(`${file}.lock`), { code: "ENOENT" });
  });
});
