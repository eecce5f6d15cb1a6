import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProgram } from "../../support/cli";
import { bundleChild } from "../../support/childProcess";

describe("a process that listens to signals while it writes", () => {
  let folder: string;
  let script: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "aihub-signals-"));
    script = await bundleChild(join(__dirname, "writeUntilTold.ts"), folder);
  });
  after(() => rm(folder, { recursive: true }));

  const start = async (...left: string[]) => {
    const run = startProgram(process.execPath, [script, join(folder, "state.json"), ...left], {});
    await run.output(/writes/);
    return run;
  };

  for (const [signal, times, code] of [
    ["SIGINT", 1, 10],
    ["SIGTERM", 1, 20],
    // As from a terminal that closes.
    ["SIGTERM", 2, 20],
  ] as const) {
    it(`ends in order when it gets ${signal}${times > 1 ? " more than once" : ""}`, async () => {
      for (let round = 0; round < 5; round++) {
        const run = await start();
        run.child.kill(signal);
        await run.output(/told/);
        if (times > 1) run.child.kill(signal);
        await run.result;
        assert.deepEqual([run.child.exitCode, run.child.signalCode], [code, null]);
      }
    });
  }

  it("ends at once when Ctrl-C is pressed again", async () => {
    const run = await start("20000");
    run.child.kill("SIGINT");
    await run.output(/told/);
    run.child.kill("SIGINT");
    await run.result;
    assert.equal(run.child.signalCode, "SIGINT");
  });
});
