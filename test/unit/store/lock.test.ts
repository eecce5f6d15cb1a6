import assert from "node:assert/strict";
import { mkdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileLock, withLock } from "../../../src/store/lock";
import { bundleChild, endTalkers, startTalker, type Talker } from "../../support/childProcess";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

describe("a lock", () => {
  let home: TemporaryHome;
  let file: string;
  let bundle: string;
  before(async () => {
    home = await createTemporaryHome();
    file = join(home.path, "file");
    bundle = await bundleChild(join(__dirname, "locker.ts"), home.path);
  });
  afterEach(async () => {
    endTalkers();
    await rm(`${file}.lock`, { recursive: true, force: true });
  });
  after(() => home.remove());

  async function startLocker(...options: string[]): Promise<Talker> {
    const locker = startTalker([...options, bundle, file], {});
    assert.equal(await locker.line(), "ready");
    return locker;
  }
  /** A clock of its own, as another machine has that shares the home. */
  async function clockOff(ms: number): Promise<string[]> {
    const preload = join(home.path, "clock.cjs");
    await writeFile(preload, `const now = Date.now.bind(Date); Date.now = () => now() + ${ms};`);
    return ["--require", preload];
  }
  async function leaveLock(age: number): Promise<void> {
    const then = new Date(Date.now() - age);
    await mkdir(`${file}.lock`);
    await utimes(`${file}.lock`, then, then);
  }
  async function span(locker: Talker): Promise<[bigint, bigint]> {
    assert.equal(await locker.line(), "held");
    const [from = "", until = ""] = (await locker.line()).split(" ");
    return [BigInt(from), BigInt(until)];
  }
  function assertOneByOne(spans: [bigint, bigint][]): void {
    spans.sort(([a], [b]) => (a < b ? -1 : 1));
    spans.forEach(([from], index) => assert.ok(index === 0 || spans[index - 1]![1] <= from, "two held it at once"));
  }

  it("of a dead process goes to one of many that find it at the same moment, and then to the next", async () => {
    const lockers = await Promise.all(Array.from({ length: 4 }, () => startLocker()));
    for (let round = 0; round < 25; round++) {
      await leaveLock(60_000);
      const soon = process.hrtime.bigint() + 20_000_000n;
      for (const locker of lockers) locker.tell(`${soon} 15 dead`);
      assertOneByOne(await Promise.all(lockers.map(span)));
      await assert.rejects(stat(`${file}.lock`), { code: "ENOENT" });
    }
  });

  it("of a living process is respected, however late it is by that one's clock", async () => {
    const holder = await startLocker(...(await clockOff(-60_000)));
    const waiter = await startLocker();
    holder.tell("0 5000");
    assert.equal(await holder.line(), "held");
    waiter.tell("0 0");
    const [from = "", until = ""] = (await holder.line()).split(" ");
    assertOneByOne([[BigInt(from), BigInt(until)], await span(waiter)]);
  });

  it("of a dead process is taken over, also where its clock was ahead", async () => {
    for (const age of [60_000, -3600_000]) {
      await leaveLock(age);
      assert.equal(await withLock(file, { ...fileLock, stale: 2_000 }, () => Promise.resolve("held")), "held");
    }
  });

  it("in a folder that is not there says so", async () => {
    await assert.rejects(withLock(join(home.path, "none", "file"), fileLock, () => Promise.resolve()), { code: "store_not_writable" });
  });
});
