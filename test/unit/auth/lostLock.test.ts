import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { refreshesSettled } from "../../../src/auth/ending";
import { tokenHash } from "../../../src/auth/profiles";
import { freshCredential } from "../../../src/auth/refresh";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import type { ProfilesFile, RefreshRecord } from "../../../src/store/schema";
import { arrival } from "../../support/arrival";
import { runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { expireStored, storedCredentials } from "../../support/storedCredential";
import { moveHome, useSandbox } from "../../support/useSandbox";
import { useVendorsInProcess } from "./inProcess";

const profile = "anthropic:default";

describe("a sign-in whose lock gets lost is never lost", () => {
  const scene = useSandbox();
  useVendorsInProcess(scene);
  beforeEach(async () => {
    await moveHome(scene);
    await signIn(scene, "anthropic");
    await expireStored(scene.home.aihub, "anthropic");
  });

  const token = () => runCli(["auth", "token", "anthropic"], scene.env);
  const stored = async () => (await storedCredentials(scene.home.aihub)).anthropic!;
  const fresh = () => freshCredential({ store: createFileCredentialStore(scene.home.aihub), profile });

  // As when the machine sleeps in the midst of a renewal, or somebody clears away what looks left behind.
  it("in the midst of a renewal: nobody spends its token again", async () => {
    scene.sandbox.addFault({ host: "platform.claude.com", kind: "latency", ms: 13_000 });
    const before = scene.sandbox.requests().length;
    const first = fresh();
    await arrival(scene.sandbox, "/v1/oauth/token", before);
    const loseLock = () => rm(join(scene.home.aihub, "credentials", "locks", "anthropic%3Adefault.lock"), { recursive: true });

    await loseLock();
    await assert.rejects(fresh(), { code: "held_elsewhere" });
    const other = await token();
    assert.equal(other.code, 1);
    assert.match(other.stderr, new RegExp(`^Process ${process.pid} is renewing the sign-in anthropic:default, `));

    scene.sandbox.clearFaults();
    const { access } = await first;
    await refreshesSettled();
    assert.ok((await stored()).access === access);
    assert.deepEqual(await token(), { code: 0, stdout: `${access}\n`, stderr: "" });
    assert.equal(scene.sandbox.requests().slice(before).length, 1);
  });

  describe("with the record of a renewal", () => {
    const cases: [string, () => Partial<RefreshRecord>, boolean][] = [
      ["of a living process leaves it to that", () => ({}), false],
      ["of a dead process goes on", () => ({ pid: 2 ** 22 + 1 }), true],
      ["that another machine has just begun leaves it to that", () => ({ host: "elsewhere" }), false],
      ["that another machine with its clock ahead has just begun does too", () => ({ host: "elsewhere", at: Date.now() + 60_000 }), false],
      ["that another machine never ended goes on", () => ({ host: "elsewhere", at: Date.now() - 10 * 60_000 }), true],
      ["that got no answer goes on", () => ({ unanswered: true }), true],
      ["of yesterday goes on", () => ({ at: Date.now() - 24 * 3600_000 }), true],
      ["of another token goes on", () => ({ token: "another" }), true],
    ];
    for (const [what, record, goesOn] of cases) {
      it(what, async () => {
        const { refresh } = await stored();
        await place({ at: Date.now(), pid: process.ppid, host: hostname(), token: tokenHash(refresh), ...record() });
        const { code } = await token();
        assert.equal(code, goesOn ? 0 : 1);
        assert.equal((await stored()).refresh !== refresh, goesOn);
      });
    }
  });

  async function place(refreshing: RefreshRecord): Promise<void> {
    const file = join(scene.home.aihub, "agent", "auth-profiles.json");
    const index = JSON.parse(await readFile(file, "utf8")) as ProfilesFile;
    index.profiles[profile] = { ...index.profiles[profile]!, refreshing };
    await writeFile(file, JSON.stringify(index), { mode: 0o600 });
  }
});
