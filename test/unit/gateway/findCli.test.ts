import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { findGatewayCli } from "../../../src/gateway/findCli";
import { launcherFile } from "../../../src/vscode/launcherFile";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

describe("the gateway's command", () => {
  let home: TemporaryHome;
  beforeEach(async () => {
    home = await createTemporaryHome();
  });
  afterEach(() => home.remove());

  const place = async (path: string, text = "#!/bin/sh\n", mode = 0o755) => {
    const file = join(home.path, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { mode });
    return file;
  };
  const find = (setting: string | undefined, ...folders: string[]) => findGatewayCli(setting, { PATH: folders.map((folder) => join(home.path, folder)).join(delimiter) });

  it("is the first on the PATH that can be run", async () => {
    await place("one/aihub", "not a program", 0o644);
    const second = await place("two/aihub");
    await place("three/aihub");
    assert.equal(await find(undefined, "none", "one", "two", "three"), second);
  });

  it("is not this extension's own, which has the same name, however it is linked", async () => {
    const own = await place("lib/node_modules/aihub-vscode/dist/cli.mjs");
    await place("checkout/package.json", '{\n  "name": "aihub-vscode"\n}');
    const built = await place("checkout/out/aihub");
    await mkdir(join(home.path, "bin"));
    await mkdir(join(home.path, "other"));
    await symlink(own, join(home.path, "bin", "aihub"));
    await symlink(built, join(home.path, "other", "aihub"));
    assert.equal(await find(undefined, "bin", "other"), undefined);
    const gateway = await place("gateway/aihub");
    assert.equal(await find(undefined, "bin", "other", "gateway"), gateway);
  });

  for (const [platform, node, folder] of [
    ["linux", "/usr/share/code/code", "/home/ada/.vscode/extensions/aihub.aihub-vscode-0.1.0"],
    ["win32", "C:\\Code 100%\\Code.exe", "C:\\Users\\Ada O'Neil\\.vscode\\extensions\\aihub.aihub-vscode-0.1.0"],
  ] as const) {
    it(`is not the launcher of this editor's terminals, as it is written on ${platform}`, async () => {
      const { text } = launcherFile(platform, node, [folder, "dist", "cli.mjs"].join(platform === "win32" ? "\\" : "/"));
      await place("copy/aihub", text);
      assert.equal(await find(undefined, "copy"), undefined);
    });
  }

  it("is not the launcher of an extension under development either, which its place tells", async () => {
    const { text } = launcherFile("linux", process.execPath, "/home/ada/hub/dist/cli.mjs");
    await place("Code/User/globalStorage/aihub.aihub-vscode/bin/aihub", text);
    const gateway = await place("gateway/aihub", "#!/bin/sh\nexec node /opt/aihub/dist/cli.mjs \"$@\"\n");
    assert.equal(await find(undefined, "Code/User/globalStorage/aihub.aihub-vscode/bin", "gateway"), gateway);
  });

  it("is no folder of that name", async () => {
    await mkdir(join(home.path, "work", "aihub"), { recursive: true });
    assert.equal(await find(undefined, "work"), undefined);
  });

  it("is the one that the setting names, and no other in its place", async () => {
    await place("bin/aihub");
    const chosen = await place("elsewhere/hub");
    assert.equal(await find(chosen, "bin"), chosen);
    assert.equal(await find(join(home.path, "missing"), "bin"), undefined);
  });
});
