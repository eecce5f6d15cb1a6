import assert from "node:assert/strict";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ProxyAgent, fetch } from "undici";
import { jwtClaims, textClaim } from "../../../src/providers/jwt";
import { arrival } from "../../support/arrival";
import { runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { expireStored, storedCredentials } from "../../support/storedCredential";
import { moveHome, useSandbox } from "../../support/useSandbox";

describe("a sign-out while something else is going on", function () {
  this.timeout(60_000);
  const scene = useSandbox();
  let issuedBefore: Set<string>;
  beforeEach(async () => {
    await moveHome(scene);
    issuedBefore = new Set(scene.sandbox.secrets());
    await signIn(scene, "openai-codex");
  });

  const aihub = (...args: string[]) => runCli(["auth", ...args], scene.env);
  const statuses = async () => {
    const { profiles } = JSON.parse((await aihub("status", "--json")).stdout) as { profiles: { id: string; status: string }[] };
    return profiles.map(({ id, status }) => [id, status]);
  };
  const profilesOfIndex = async () => {
    const index = JSON.parse(await readFile(join(scene.home.aihub, "agent", "auth-profiles.json"), "utf8")) as { profiles: object };
    return Object.keys(index.profiles);
  };

  for (const [outcome, fault] of [
    ["succeeds", undefined],
    ["is refused", { kind: "invalid_grant" }],
    ["meets a fault of the vendor", { kind: "status", status: 503 }],
    ["is not answered", { kind: "drop" }],
    ["succeeds unheard", { kind: "lost" }],
  ] as const) {
    it(`leaves nothing behind of a refresh that ${outcome} meanwhile`, async () => {
      await expireStored(scene.home.aihub, "openai-codex");
      const target = { host: "auth.openai.com", path: "/oauth/token" };
      scene.sandbox.addFault({ ...target, kind: "latency", ms: 1500 });
      if (fault) scene.sandbox.addFault({ ...target, ...fault });
      const before = scene.sandbox.requests().length;
      const refreshing = aihub("token", "openai-codex");
      await arrival(scene.sandbox, "/oauth/token", before);
      const { code, stdout, stderr } = await aihub("logout", "openai-codex", "--yes");
      assert.deepEqual([code, stdout], [0, "Logged out from openai-codex\n"], stderr);
      await refreshing;
      assert.deepEqual(await statuses(), []);
      assert.deepEqual(await profilesOfIndex(), []);
      assert.deepEqual(await storedCredentials(scene.home.aihub), {});
      assert.equal(await tokensStillTaken(), 0);
      assert.equal((await aihub("token", "openai-codex")).code, 1);
    });
  }

  it("keeps a sign-in that another process made while the vendor was slow to revoke", async () => {
    const old = (await storedCredentials(scene.home.aihub))["openai-codex"]!;
    scene.sandbox.addFault({ host: "auth.openai.com", path: "/oauth/revoke", kind: "latency", ms: 3000 });
    const before = scene.sandbox.requests().length;
    const leaving = aihub("logout", "openai-codex", "--yes");
    await arrival(scene.sandbox, "/oauth/revoke", before);
    const arriving = await signIn(scene, "openai-codex");
    assert.equal(arriving.code, 0, arriving.stderr);
    assert.equal((await leaving).code, 0);

    assert.deepEqual(await statuses(), [["openai-codex:default", "connected"]]);
    const now = (await storedCredentials(scene.home.aihub))["openai-codex"]!;
    assert.ok(now.refresh !== old.refresh, "the old sign-in is still there");
    assert.equal((await aihub("token", "openai-codex")).stdout, `${now.access}\n`);
    assert.equal(await isTaken(now.access), true);
    assert.equal(await isTaken(old.access), false);
  });

  it("leaves a sign-in that was taken over to its owner", async () => {
    const owner = { ...scene.env, AIHUB_HOME: join(scene.home.path, "owner") };
    const { access, refresh, accountId } = (await storedCredentials(scene.home.aihub))["openai-codex"]!;
    await rename(scene.home.aihub, owner.AIHUB_HOME);
    await mkdir(join(scene.home.path, ".codex"));
    const tokens = { id_token: access, access_token: access, refresh_token: refresh, account_id: accountId };
    await writeFile(join(scene.home.path, ".codex", "auth.json"), JSON.stringify({ OPENAI_API_KEY: null, tokens }));
    assert.equal((await aihub("import", "--from", "codex", "--yes")).code, 0);

    assert.equal((await aihub("logout", "openai-codex", "--yes")).code, 0);
    assert.deepEqual(await storedCredentials(scene.home.aihub), {});
    await expireStored(owner.AIHUB_HOME, "openai-codex");
    const { code, stderr } = await runCli(["auth", "token", "openai-codex"], owner);
    assert.equal(code, 0, stderr);
  });

  it("is one sign-out when two ask for it at once", async () => {
    const before = scene.sandbox.requests().length;
    scene.sandbox.addFault({ host: "auth.openai.com", path: "/oauth/revoke", kind: "latency", ms: 500 });
    const answers = await Promise.all([aihub("logout", "openai-codex", "--yes"), aihub("logout", "openai-codex", "--yes")]);
    assert.deepEqual(answers.map(({ code }) => code), [0, 0]);
    assert.deepEqual(await statuses(), []);
    assert.ok(scene.sandbox.requests().slice(before).some(({ path, status }) => path === "/oauth/revoke" && status === 200));
    assert.equal(await tokensStillTaken(), 0);
  });

  /** Of all access tokens that were issued in this test. */
  async function tokensStillTaken(): Promise<number> {
    const tokens = scene.sandbox.secrets().filter((secret) => !issuedBefore.has(secret) && isAccessToken(secret));
    assert.ok(tokens.length > 0);
    return (await Promise.all(tokens.map(isTaken))).filter(Boolean).length;
  }

  /** Asks the vendor: a token that it takes gets as far as a complaint about the empty request. */
  async function isTaken(access: string): Promise<boolean> {
    const dispatcher = new ProxyAgent({ uri: scene.sandbox.proxyUrl, requestTls: { ca: await readFile(scene.sandbox.caFile, "utf8") } });
    const account = textClaim(jwtClaims(access), "https://api.openai.com/auth", "chatgpt_account_id") ?? "";
    const headers = { authorization: `Bearer ${access}`, "chatgpt-account-id": account, "content-type": "application/json" };
    try {
      const { status } = await fetch("https://chatgpt.com/backend-api/codex/responses", { dispatcher, method: "POST", headers, body: "{}" });
      assert.ok(status === 400 || status === 401, `the vendor answered ${status}`);
      return status === 400;
    } finally {
      await dispatcher.close();
    }
  }
});

function isAccessToken(secret: string): boolean {
  const { aud } = jwtClaims(secret);
  return Array.isArray(aud) && aud.includes("https://api.openai.com/v1");
}
