import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { launcherFile } from "../../../src/vscode/launcherFile";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

describe("the launcher of the aihub command", () => {
  let home: TemporaryHome;
  before(async () => void (home = await createTemporaryHome()));
  after(() => home.remove());

  for (const folder of ["plain", "with spaces", "Ada's", 'a "quoted" $HOME `date` folder', "Jörg"]) {
    it(`works from a folder like ${folder}, and passes arguments as they are`, async function () {
      if (process.platform === "win32") this.skip();
      const place = join(home.path, folder);
      await mkdir(place);
      await symlink(process.execPath, join(place, "node"));
      await writeFile(join(place, "cli.mjs"), "console.log(JSON.stringify([process.env.ELECTRON_RUN_AS_NODE, ...process.argv.slice(2)])); process.exitCode = 5;");
      const { name, text } = launcherFile("linux", join(place, "node"), join(place, "cli.mjs"));
      await writeFile(join(place, name), text, { mode: 0o755 });
      const { status, stdout } = spawnSync(join(place, name), ["send", "-m", "two words", "$HOME", ""], { encoding: "utf8" });
      assert.equal(name, "aihub");
      assert.deepEqual([status, JSON.parse(stdout)], [5, ["1", "send", "-m", "two words", "$HOME", ""]]);
    });
  }

  it("is a .cmd on Windows", () => {
    const { name, text } = launcherFile("win32", "C:\\Program Files\\Code 100%\\Code.exe", "C:\\x\\cli.mjs");
    assert.equal(name, "aihub.cmd");
    assert.equal(text, '@echo off\r\nsetlocal\r\nset ELECTRON_RUN_AS_NODE=1\r\n"C:\\Program Files\\Code 100%%\\Code.exe" "C:\\x\\cli.mjs" %*\r\n');
  });
});
