import assert from "node:assert/strict";
import { fstatSync, readFileSync, statSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { readSecretFile, writeSecretFile } from "../../../src/store/secretFile";
import { skipBecause } from "../../support/skipBecause";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

describe("a file that holds secrets", () => {
  let home: TemporaryHome;
  beforeEach(async () => {
    home = await createTemporaryHome();
  });
  afterEach(() => home.remove());

  it("outlives a power cut: its folder is written to the disk once the new file stands in it", async function () {
    if (process.platform === "win32") skipBecause(this, "a folder cannot be written to the disk by itself here");
    const file = join(home.path, "secrets", "file");
    await writeSecretFile(file, "old");
    const synced = await whatIsSynced(() => writeSecretFile(file, "new"), (inode) => (inode === statSync(join(home.path, "secrets")).ino ? readFileSync(file, "utf8") : undefined));
    // The file itself, before it takes the old one's place; then its folder.
    assert.deepEqual(synced, [undefined, "new"]);
    assert.deepEqual(await whatIsSynced(() => writeSecretFile(file, "a copy", { fsync: false }), (inode) => inode), []);
  });

  it("that opens and then cannot be read is told of as one that cannot be opened", async function () {
    // Its first page is never mapped: to read it fails with EIO, as a failing disk does.
    if (process.platform !== "linux") skipBecause(this, "no file here fails when it is read");
    await assert.rejects(readSecretFile("/proc/self/mem"), { code: "store_invalid", message: /\/proc\/self\/mem cannot be read: EIO/ });
  });
});

/** What `look` finds at each moment when a file handle is synced. */
async function whatIsSynced<T>(act: () => Promise<void>, look: (inode: number) => T): Promise<T[]> {
  const handle = await open(__filename);
  await handle.close();
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  const sync = Object.getOwnPropertyDescriptor(prototype, "sync")!;
  const found: T[] = [];
  Object.defineProperty(prototype, "sync", {
    ...sync,
    value(this: FileHandle) {
      found.push(look(fstatSync(this.fd).ino));
      return (sync.value as () => Promise<void>).call(this);
    },
  });
  try {
    await act();
  } finally {
    Object.defineProperty(prototype, "sync", sync);
  }
  return found;
}
