import assert from "node:assert/strict";
import { refreshesSettled } from "../../../src/auth/ending";
import { freshCredential } from "../../../src/auth/refresh";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { arrival } from "../../support/arrival";
import { runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { expireStored, storedCredentials } from "../../support/storedCredential";
import { useSandbox } from "../../support/useSandbox";
import { useVendorsInProcess } from "./inProcess";

const isStress = process.env.AIHUB_STRESS !== undefined;

describe("a sign-in whose vendor is slow is never lost", () => {
  const scene = useSandbox();
  useVendorsInProcess(scene);
  before(async () => {
    for (const provider of ["anthropic", "openai-codex"]) await signIn(scene, provider);
  });

  const stored = async (key: string) => (await storedCredentials(scene.home.aihub))[key]!;
  const token = (provider: string) => runCli(["auth", "token", provider], scene.env);

  it("by a caller that no longer waits: the renewal goes on", async () => {
    await expireStored(scene.home.aihub, "anthropic");
    const old = await stored("anthropic");
    scene.sandbox.addFault({ host: "platform.claude.com", kind: "latency", ms: 1500 });
    const before = scene.sandbox.requests().length;
    const caller = new AbortController();
    const store = createFileCredentialStore(scene.home.aihub);
    const asking = freshCredential({ store, profile: "anthropic:default", signal: caller.signal });
    await arrival(scene.sandbox, "/v1/oauth/token", before);
    caller.abort();
    await assert.rejects(asking, { code: "cancelled" });
    assert.ok((await stored("anthropic")).refresh === old.refresh);
    await refreshesSettled();
    assert.ok((await stored("anthropic")).refresh !== old.refresh, "the new tokens are lost");
  });

  // It takes longer than any caller waits: in `npm run test:stress`.
  if (isStress) it("by an answer that comes after 25 s: callers are let go after 15 s, and it is stored all the same", async function () {
    this.timeout(60_000);
    await expireStored(scene.home.aihub, "anthropic");
    await expireStored(scene.home.aihub, "openai-codex", 60_000);
    const [needed, held] = [await stored("anthropic"), await stored("openai-codex")];
    for (const host of ["platform.claude.com", "auth.openai.com"]) scene.sandbox.addFault({ host, kind: "latency", ms: 25_000 });
    const before = scene.sandbox.requests().length;
    const asker = token("anthropic");
    const holder = token("openai-codex");
    await arrival(scene.sandbox, "/v1/oauth/token", before);

    const waiter = await token("anthropic");
    assert.equal(waiter.code, 1);
    assert.match(waiter.stderr, /platform\.claude\.com could not be reached: no answer in time/);
    assert.ok((await stored("anthropic")).refresh === needed.refresh, "the vendor has answered already");

    const { code, stderr } = await asker;
    assert.equal(code, 1);
    assert.match(stderr, /platform\.claude\.com could not be reached: no answer in time/);
    const now = await stored("anthropic");
    assert.ok(now.refresh !== needed.refresh, "the new tokens are lost");
    assert.deepEqual(await token("anthropic"), { code: 0, stdout: `${now.access}\n`, stderr: "" });

    // A token that still holds is used meanwhile.
    assert.deepEqual(await holder, { code: 0, stdout: `${held.access}\n`, stderr: "" });
    assert.ok((await stored("openai-codex")).refresh !== held.refresh, "the new tokens are lost");
    const asked = scene.sandbox.requests().slice(before).filter(({ path }) => /\/oauth\/token$/.test(path));
    assert.equal(asked.length, 2);
  });
});
