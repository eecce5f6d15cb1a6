import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { runInEditor } from "./runTests";

/** What the suite finds inside the editor it writes into a file, so that this process can look at it. */
const suite = `
const vscode = require("vscode");
exports.run = async () => {
  const { FOUND, OUTCOME } = process.env;
  console.log("printed by the suite");
  const found = {
    home: require("node:os").homedir(),
    folder: vscode.workspace.workspaceFolders?.[0].uri.fsPath,
    extension: vscode.extensions.getExtension("aihub-test.plain")?.id,
    external: String(await vscode.env.asExternalUri(vscode.Uri.parse("http://localhost:1455/x"))),
  };
  require("node:fs").writeFileSync(FOUND, JSON.stringify(found));
  if (OUTCOME === "fail") throw new Error("a test failed");
  if (OUTCOME === "hang") await new Promise(() => setInterval(() => {}, 1000));
};
`;

describe("tests inside a real editor", function () {
  this.timeout(10 * 60_000);
  let folder: string;

  before(async () => {
    folder = await realpath(await mkdtemp(path.join(tmpdir(), "aihub-run-")));
    await mkdir(path.join(folder, "workspace"));
    await writeFile(path.join(folder, "suite.js"), suite);
    await writeFile(
      path.join(folder, "package.json"),
      JSON.stringify({ name: "plain", publisher: "aihub-test", version: "0.0.0", engines: { vscode: "^1.104.0" } }),
    );
  });

  after(() => rm(folder, { recursive: true, force: true }));

  function run(env: Record<string, string> = {}): Promise<void> {
    return runInEditor({
      tests: path.join(folder, "suite.js"),
      extension: folder,
      workspace: path.join(folder, "workspace"),
      env: { AIHUB_TEST_HOME: path.join(folder, "home"), FOUND: path.join(folder, "found.json"), ...env },
    });
  }

  it("run in the extension host, with a home, a folder and the extension", async () => {
    await run();
    assert.deepEqual(JSON.parse(await readFile(path.join(folder, "found.json"), "utf8")), {
      home: path.join(folder, "home"),
      folder: path.join(folder, "workspace"),
      extension: "aihub-test.plain",
      external: "http://localhost:1455/x",
    });
  });

  it("reject when a test fails", async () => {
    await assert.rejects(run({ OUTCOME: "fail" }), /code 1/);
  });

  it("reject when a test hangs", async () => {
    await assert.rejects(run({ OUTCOME: "hang", AIHUB_TEST_TIME_LIMIT_MS: "15000" }), /code 1/);
  });
});
