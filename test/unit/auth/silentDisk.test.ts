import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { cli, startProgram } from "../../support/cli";
import { bundleChild } from "../../support/childProcess";
import { signIn } from "../../support/signIn";
import { skipBecause } from "../../support/skipBecause";
import { expireStored } from "../../support/storedCredential";
import { useSandbox } from "../../support/useSandbox";

const isStress = process.env.AIHUB_STRESS !== undefined;

/** Runs a program where nothing reports changes of files, as on a network mount: a user namespace without inotify. */
const silently = ["-Ur", "sh", "-c", 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"', "sh"];

describe("a sign-in on a disk that reports no changes is never lost", () => {
  const scene = useSandbox();
  before(async function () {
    const watch = ["-e", 'try { require("node:fs").watch("."); process.exit(1); } catch {}'];
    const isSilent = spawnSync("unshare", [...silently, process.execPath, ...watch]).status === 0;
    if (!isSilent) skipBecause(this, "the reports of changes cannot be switched off here");
    await signIn(scene, "anthropic");
  });

  const start = (...args: string[]) => startProgram("unshare", [...silently, process.execPath, ...args], scene.env);

  it("5 processes ask the vendor once, and all get the new token", async () => {
    await expireStored(scene.home.aihub, "anthropic");
    scene.sandbox.addFault({ host: "platform.claude.com", kind: "latency", ms: 500 });
    const before = scene.sandbox.requests().length;
    const answers = await Promise.all(Array.from({ length: 5 }, () => start(cli, "auth", "token", "anthropic").result));
    assert.deepEqual([...new Set(answers.map(({ code, stderr }) => `${code}${stderr}`))], ["0"]);
    assert.equal(new Set(answers.map(({ stdout }) => stdout)).size, 1);
    assert.equal(scene.sandbox.requests().slice(before).length, 1);
  });

  // It takes as long as the time between two looks: in `npm run test:stress`.
  if (isStress) it("a change is seen within a minute", async function () {
    this.timeout(60_000);
    const watcher = start(await bundleChild(join(__dirname, "..", "store", "watcher.ts"), scene.home.path), scene.home.aihub);
    await watcher.output(/ready/);
    await createFileCredentialStore(scene.home.aihub).update(({ credentials }) => {
      credentials["anthropic:default"]!.access = "changed";
    });
    await watcher.output(/changed/);
    watcher.child.stdin.end();
    await watcher.result;
  });
});
