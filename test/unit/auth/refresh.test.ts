import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { runCli, startCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { expireStored, oauthFile, storedCredentials } from "../../support/storedCredential";
import { arrival } from "../../support/arrival";
import { until } from "../../support/until";
import { moveHome, useSandbox } from "../../support/useSandbox";

/** `npm run test:stress` runs the full counts. */
const isStress = process.env.AIHUB_STRESS !== undefined;

describe("one sign-in, never lost", function () {
  this.timeout(isStress ? 30 * 60_000 : 120_000);
  const scene = useSandbox();
  beforeEach(async () => {
    await moveHome(scene);
    await signIn(scene, "anthropic");
  });

  const token = (env: Record<string, string> = {}) => runCli(["auth", "token", "anthropic"], { ...scene.env, ...env });
  // A request that met a fault has no grant type on record.
  const refreshes = () => scene.sandbox.requests().filter(({ path, grantType }) => path === "/v1/oauth/token" && grantType !== "authorization_code");
  const status = async () => {
    const { stdout } = await runCli(["auth", "status", "--json"], scene.env);
    return (JSON.parse(stdout) as { profiles: { status: string }[] }).profiles[0]?.status;
  };

  it("20 processes with one expired credential ask the vendor once", async () => {
    await expireStored(scene.home.aihub, "anthropic");
    const before = refreshes().length;
    scene.sandbox.addFault({ host: "platform.claude.com", kind: "latency", ms: 500 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => token()));
    assert.deepEqual([...new Set(answers.map(({ code, stderr }) => `${code}${stderr}`))], ["0"]);
    assert.equal(new Set(answers.map(({ stdout }) => stdout)).size, 1);
    assert.equal(refreshes().length, before + 1);
  });

  it("kill -9 at any instant leaves the old or the new state, whole, and what was lost is explained", async () => {
    let lost = 0;
    for (let round = 0; round < (isStress ? 200 : 5); round++) {
      await expireStored(scene.home.aihub, "anthropic");
      const old = (await storedCredentials(scene.home.aihub)).anthropic!;
      const before = refreshes().length;
      scene.sandbox.addFault({ host: "platform.claude.com", kind: "latency", ms: 30 });
      const run = startCli(["auth", "token", "anthropic"], scene.env);
      await new Promise((resolve) => setTimeout(resolve, 120 + Math.random() * 250));
      run.child.kill("SIGKILL");
      await run.result;

      const now = (await storedCredentials(scene.home.aihub)).anthropic!;
      const isNew = now.refresh !== old.refresh;
      assert.ok(isNew ? now.access !== old.access : now.access === old.access, "half of a rotation");
      const { code, stderr } = await token();
      if (code === 0) continue;
      // Killed between the vendor's answer and our write: nobody could know the new token any more.
      lost++;
      assert.ok(!isNew && refreshes().length > before);
      assert.match(stderr, /process \d+ asked for a renewal at .* and ended before it could store the answer/);
      await signIn(scene, "anthropic");
      scene.unavoidableReuse = scene.sandbox.reuseDetected();
    }
    assert.ok(lost < 200);
  });

  it("a dead process's lock is taken over", async () => {
    await expireStored(scene.home.aihub, "anthropic");
    // A proxy that never answers: it holds the process where it has the lock and nothing is spent.
    const deaf = createServer().listen(0, "127.0.0.1");
    await once(deaf, "listening");
    const proxy = `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`;
    const run = startCli(["auth", "token", "anthropic"], { ...scene.env, HTTPS_PROXY: proxy, https_proxy: proxy });
    await once(deaf, "connection");
    run.child.kill("SIGKILL");
    await run.result;
    deaf.close();
    assert.equal((await token()).code, 0);
  });

  it("a storm of 429 keeps a token that still holds in use and leaves the vendor in peace", async () => {
    await expireStored(scene.home.aihub, "anthropic", 60_000);
    const { access } = (await storedCredentials(scene.home.aihub)).anthropic!;
    const before = refreshes().length;
    scene.sandbox.addFault({ host: "platform.claude.com", kind: "status", status: 429, retryAfter: 60, times: 100 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => token()));
    assert.deepEqual([...new Set(answers.map(({ code, stdout }) => `${code} ${stdout}`))], [`0 ${access}\n`]);
    assert.equal((await token()).code, 0);
    assert.equal(refreshes().length, before + 1);

    await expireStored(scene.home.aihub, "anthropic");
    const { code, stderr } = await token();
    assert.equal(code, 1);
    assert.match(stderr, /Anthropic asks to wait before the next try\. Try again after /);
    assert.equal(await status(), "expired");
  });

  it("a plan that is refused keeps a token that still holds in use, and asks for no new sign-in", async () => {
    await signIn(scene, "github-copilot");
    await expireStored(scene.home.aihub, "github-copilot", 60_000);
    const { access } = (await storedCredentials(scene.home.aihub))["github-copilot"]!;
    scene.sandbox.addFault({ host: "api.github.com", kind: "status", status: 403 });
    const run = () => runCli(["auth", "token", "github-copilot"], scene.env);
    const before = scene.sandbox.requests().length;
    for (let time = 0; time < 2; time++) assert.deepEqual(await run(), { code: 0, stdout: `${access}\n`, stderr: "" });
    assert.equal(scene.sandbox.requests().length, before + 1);
  });

  it("an answer that cannot be read, of a vendor that has rotated: that is what a later refusal is explained with", async () => {
    await expireStored(scene.home.aihub, "anthropic");
    scene.sandbox.alterNextTokenReply("anthropic", { access_token: 7 });
    assert.match((await token()).stderr, /answered in a form that cannot be read/);
    await createFileCredentialStore(scene.home.aihub).update(({ index }) => void delete index.profiles["anthropic:default"]?.refreshPaused);
    assert.match((await token()).stderr, /process \d+ asked for a renewal at .* and got no answer/);
    scene.unavoidableReuse = scene.sandbox.reuseDetected();
  });

  it("offline and then online again goes on by itself", async () => {
    await expireStored(scene.home.aihub, "anthropic");
    const offline = { HTTPS_PROXY: "http://127.0.0.1:9", https_proxy: "http://127.0.0.1:9" };
    const { code, stderr } = await token(offline);
    assert.equal(code, 1);
    assert.match(stderr, /could not be reached/);
    assert.equal(await status(), "expired");
    assert.equal((await token()).code, 0);
    assert.equal(await status(), "connected");
  });

  for (const minutes of [-10, 10]) {
    it(`a clock ${Math.abs(minutes)} minutes ${minutes < 0 ? "behind" : "ahead"} does not disturb`, async () => {
      const clock = join(scene.home.path, "clock.cjs");
      await writeFile(clock, `const now = Date.now.bind(Date); Date.now = () => now() + ${minutes * 60_000};`);
      for (const provider of ["anthropic", "github-copilot"]) {
        if (provider !== "anthropic") await signIn(scene, provider);
        await expireStored(scene.home.aihub, provider);
        const run = await runCli(["auth", "token", provider], { ...scene.env, NODE_OPTIONS: `--require ${clock}` });
        assert.deepEqual([run.code, run.stderr], [0, ""]);
        const left = (await storedCredentials(scene.home.aihub))[provider]!.expires - Date.now();
        assert.ok(left > 10 * 60_000, `${provider} ${left}`);
      }
    });
  }

  it("a vendor that leaves out the refresh token, gives an absurd lifetime or oddities beside the tokens changes nothing for the worse", async () => {
    const oddities = [{ refresh_token: null }, { token_type: undefined }, { token_type: "own" }, { scope: null }, { id_token: null }, { id_token: "x.y.z" }];
    for (const answer of [...oddities, { refresh_token: undefined }, { refresh_token: "" }, { expires_in: true }, { expires_in: -5 }, { expires_in: 1e15 }, { expires_in: undefined }, { expires_in: "soon" }]) {
      await expireStored(scene.home.aihub, "anthropic");
      const old = (await storedCredentials(scene.home.aihub)).anthropic!;
      scene.sandbox.alterNextTokenReply("anthropic", answer);
      assert.equal((await token()).code, 0);
      const now = (await storedCredentials(scene.home.aihub)).anthropic!;
      const left = now.expires - Date.now();
      assert.ok(left > 20 * 60_000 && left < 366 * 24 * 3600_000, JSON.stringify(answer));
      if ("refresh_token" in answer) {
        assert.equal(now.refresh, old.refresh);
        await signIn(scene, "anthropic");
      }
    }
  });

  it("tokens that live only briefly are not renewed by everyone who asks", async () => {
    await expireStored(scene.home.aihub, "anthropic");
    const before = refreshes().length;
    scene.sandbox.alterNextTokenReply("anthropic", { expires_in: 600 });
    const runs = await Promise.all(Array.from({ length: 4 }, () => token()));
    assert.deepEqual(runs.map(({ code }) => code), [0, 0, 0, 0]);
    assert.equal((await token()).code, 0);
    assert.equal(refreshes().length, before + 1);
  });

  it("what a vendor says of a token it refuses is not repeated, and need not be words", async () => {
    for (const description of ["Refresh token rt-not/a+real=token-at-all is unknown", { a: 1 }, 5, true, ["x"]]) {
      await expireStored(scene.home.aihub, "anthropic");
      scene.sandbox.addFault({ host: "platform.claude.com", kind: "invalid_grant", description });
      const { code, stderr } = await token();
      assert.equal(code, 1);
      assert.match(stderr, /no longer accepts the sign-in of anthropic:default\. Sign in again/);
      assert.ok(!/real|unexpected/.test(stderr), stderr);
      assert.ok(!(await readFile(join(scene.home.aihub, "agent", "auth-profiles.json"), "utf8")).includes("real"));
      await signIn(scene, "anthropic");
    }
  });

  it("what a crash has cost is explained also after the vendor could not be asked for a while", async () => {
    await expireStored(scene.home.aihub, "anthropic");
    scene.sandbox.addFault({ host: "platform.claude.com", kind: "latency", ms: 1000 });
    const before = scene.sandbox.requests().length;
    const run = startCli(["auth", "token", "anthropic"], scene.env);
    await arrival(scene.sandbox, "/v1/oauth/token", before);
    run.child.kill("SIGKILL");
    await run.result;
    const rotated = () => scene.sandbox.requests().slice(before).some(({ grantType }) => grantType === "refresh_token");
    await until("the vendor to have rotated", rotated);

    assert.equal((await token({ HTTPS_PROXY: "http://127.0.0.1:9", https_proxy: "http://127.0.0.1:9" })).code, 1);
    scene.sandbox.addFault({ host: "platform.claude.com", kind: "status", status: 429 });
    assert.equal((await token()).code, 1);
    await createFileCredentialStore(scene.home.aihub).update(({ index }) => void delete index.profiles["anthropic:default"]?.refreshPaused);
    assert.match((await token()).stderr, new RegExp(`process ${run.child.pid} asked for a renewal at .* and ended before it could store the answer`));
    scene.unavoidableReuse = scene.sandbox.reuseDetected();
  });

  it("an unreadable file is stood in for by the last good copy, and put aside when something is written", async () => {
    const whole = await readFile(oauthFile(scene.home.aihub), "utf8");
    for (const broken of [whole.slice(0, 60), "", "[]", "7", "\u0000\u0001", `${" ".repeat(5_000_000)}{`]) {
      await writeFile(oauthFile(scene.home.aihub), broken, { mode: 0o600 });
      const { code, stdout, stderr } = await token();
      assert.equal(code, 0);
      assert.equal(stdout.trim(), (JSON.parse(whole) as { anthropic: { access: string } }).anthropic.access);
      assert.match(stderr, /oauth\.json cannot be read: \w.*\. The copy of its last good state is used\./);
      assert.equal(await readFile(oauthFile(scene.home.aihub), "utf8"), broken);
    }
    await signIn(scene, "openai-codex");
    assert.deepEqual(Object.keys(await storedCredentials(scene.home.aihub)), ["anthropic", "openai-codex"]);
  });
});
