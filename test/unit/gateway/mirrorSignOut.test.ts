import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import lockfile from "proper-lockfile";
import { startCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { oauthFile, storedCredentials } from "../../support/storedCredential";
import { useMirrorScene } from "./mirrorScene";

describe("a sign-out after the gateway has renewed the sign-in", function () {
  this.timeout(120_000);
  const scene = useMirrorScene();

  const renewAtGateway = async (provider: "anthropic" | "openai-codex") => {
    const gateway = await scene.gateway();
    await scene.expireEverywhere(provider);
    assert.ok("text" in (await gateway.run(provider === "anthropic" ? "pilot" : "coder", "Hi")));
  };
  const leaveNobodyToAsk = () => scene.sandbox.addFault({ host: "api.anthropic.com", path: "/api/oauth/profile", kind: "drop", times: 100 });

  it("leaves nothing in either place, though the vendor cannot be reached", async () => {
    await renewAtGateway("anthropic");
    leaveNobodyToAsk();
    assert.equal(await scene.aihub("auth", "logout", "anthropic", "--yes"), "Logged out from anthropic");
    assert.deepEqual([await storedCredentials(scene.home.aihub), await scene.entries()], [{}, {}]);
  });

  it("does not bring the account back beside another one, though the vendor cannot be reached", async () => {
    scene.sandbox.signIn("anthropic", { email: "grace@example.com" });
    await signIn(scene, "anthropic");
    await renewAtGateway("anthropic");
    leaveNobodyToAsk();
    await scene.aihub("auth", "logout", "anthropic:default", "--yes");
    const [ours, theirs] = [await storedCredentials(scene.home.aihub), await scene.entries()];
    assert.deepEqual(Object.keys(ours), ["anthropic:grace@example.com"]);
    assert.equal(theirs.anthropic?.access, ours["anthropic:grace@example.com"]?.access);
  });

  it("keeps what is somebody else's sign-in at the gateway", async () => {
    const other = join(scene.home.path, "other");
    scene.sandbox.signIn("anthropic", { email: "grace@example.com" });
    await signIn({ ...scene, env: { ...scene.env, AIHUB_HOME: other } }, "anthropic");
    const { type, access, refresh, expires } = (await storedCredentials(other)).anthropic!;
    await scene.setEntries((entries) => void (entries.anthropic = { type, access, refresh, expires }));
    await scene.aihub("auth", "logout", "anthropic:default", "--yes");
    assert.deepEqual(Object.keys(await storedCredentials(scene.home.aihub)), ["anthropic:grace@example.com"]);
    assert.equal((await scene.entries()).anthropic?.access, access);
  });

  it("revokes the gateway's tokens at a vendor that can", async () => {
    scene.sandbox.signIn("openai", { email: "ada@example.com" });
    await signIn(scene, "openai-codex");
    await renewAtGateway("openai-codex");
    const renewed = (await scene.entries())["openai-codex"]!;
    await scene.aihub("auth", "logout", "openai-codex", "--yes");
    assert.deepEqual(Object.keys(await scene.entries()), ["anthropic"]);
    await scene.setEntries((entries) => void (entries["openai-codex"] = renewed));
    const gateway = await scene.gateway();
    assert.ok("error" in (await gateway.run("coder", "Hi")), "the vendor takes it still");
  });

  it("is not what a sign-in that cannot be read is taken for: its copy stays", async () => {
    const { anthropic } = await storedCredentials(scene.home.aihub);
    await writeFile(oauthFile(scene.home.aihub), JSON.stringify({ anthropic: { ...anthropic, access: "" } }), { mode: 0o600 });
    // Any command that changes something keeps the copy fresh.
    await scene.aihub("auth", "profiles", "order", "anthropic", "anthropic:default");
    assert.ok((await scene.entries()).anthropic?.refresh === anthropic?.refresh, "it went with it");
  });

  it("is done while the gateway holds its lock, and its copy goes when it lets go", async () => {
    await scene.expireEverywhere();
    const release = await lockfile.lock(scene.authFile(), { stale: 30_000, update: 1000 });
    const run = startCli(["auth", "logout", "anthropic", "--yes"], scene.env);
    await run.output(/Logged out from anthropic/);
    assert.deepEqual(await storedCredentials(scene.home.aihub), {});
    await release();
    assert.equal((await run.result).code, 0);
    assert.deepEqual(await scene.entries(), {});
  });
});
