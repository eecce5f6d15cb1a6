import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { findGatewayCli } from "../../../src/gateway/findCli";
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

  it("is the one that the setting names, and no other in its place", async () => {
    await place("bin/aihub");
    const chosen = await place("elsewhere/hub");
    assert.equal(await find(chosen, "bin"), chosen);
    assert.equal(await find(join(home.path, "missing"), "bin"), undefined);
  });
});
