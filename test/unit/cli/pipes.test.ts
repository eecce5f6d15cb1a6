import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { placeAgents } from "../../support/agentsFile";
import { cli, startCli, startProgram } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { skipBecause } from "../../support/skipBecause";
import { useSandbox } from "../../support/useSandbox";

describe("aihub before a reader that has seen enough", () => {
  const scene = useSandbox();
  before(async () => {
    await placeAgents(scene.home, [{ id: "pilot", model: { provider: "anthropic", model: "claude-sonnet-4-5" }, auth: { mode: "oauth" } }]);
    await signIn(scene, "anthropic");
  });

  for (const args of [["--help"], ["agent", "list", "--json"], ["auth", "status"]]) {
    it(`ends without a word when nobody reads at all: ${args.join(" ")}`, async () => {
      const run = startCli(args, scene.env);
      run.child.stdout.destroy();
      const { code, stderr } = await run.result;
      assert.deepEqual([code, stderr], [141, ""]);
    });
  }

  for (const command of ["auth status", "--help"]) {
    it(`says that its output has no room, and no more: ${command}`, async function () {
      if (!existsSync("/dev/full")) skipBecause(this, "there is no device here that is always full");
      const { code, stderr } = await startProgram("sh", ["-c", `'${process.execPath}' '${cli}' ${command} > /dev/full`], scene.env).result;
      assert.deepEqual([code, stderr], [1, "The output could not be written: ENOSPC. Make room where it goes, or let it go elsewhere, then try again.\n"]);
    });
  }

  for (const [options, reader, expected] of [
    ["", "head -c 5", "The t"],
    ["--json", "head -c 7", '{"type"'],
  ] as const) {
    it(`ends without a word in the midst of an answer: send ${options} | ${reader}`, async () => {
      const command = `'${process.execPath}' '${cli}' send -a pilot ${options} -m 'please tool:seq 1 3000' | ${reader}; exit \${PIPESTATUS[0]}`;
      assert.deepEqual(await startProgram("bash", ["-c", command], scene.env).result, { code: 141, stdout: expected, stderr: "" });
    });
  }
});
