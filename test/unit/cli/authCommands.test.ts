import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { moveHome, useSandbox } from "../../support/useSandbox";

describe("aihub auth", () => {
  const scene = useSandbox();
  beforeEach(() => moveHome(scene));
  const aihub = (...args: string[]) => runCli(["auth", ...args], scene.env);
  const status = async () => (JSON.parse((await aihub("status", "--json")).stdout) as { profiles: Record<string, unknown>[] }).profiles;
  const file = () => join(scene.home.aihub, "credentials", "oauth.json");

  it("status says in the known words that nobody is signed in", async () => {
    const { code, stdout } = await aihub("status");
    assert.equal(code, 0);
    assert.equal(stdout, "No providers authenticated. Run 'aihub auth login' to authenticate.\n");
    assert.deepEqual(await status(), []);
  });

  it("status lists profiles for people and for programs", async () => {
    await signIn(scene, "anthropic");
    const { stdout } = await aihub("status");
    assert.match(stdout, /^Authenticated providers:\n {2}- anthropic \(oauth\) expires: \d{4}-\S+Z · ada@example\.com · Connected\n$/);
    const [profile] = await status();
    assert.deepEqual(Object.keys(profile ?? {}), ["id", "provider", "type", "label", "status", "expires"]);
    assert.equal(profile?.id, "anthropic:default");
    assert.equal(profile?.status, "connected");
    assert.equal(typeof profile?.expires, "number");
  });

  it("token prints a fresh token and nothing else", async () => {
    await signIn(scene, "anthropic");
    const { code, stdout, stderr } = await aihub("token", "anthropic");
    assert.deepEqual([code, stderr], [0, ""]);
    const { anthropic } = JSON.parse(await readFile(file(), "utf8")) as Record<string, { access: string }>;
    assert.equal(stdout, `${anthropic?.access}\n`);
  });

  it("token renews an expired credential once, however many ask at a time", async () => {
    for (const provider of ["anthropic", "openai-codex", "github-copilot"]) {
      await signIn(scene, provider);
      await expire(provider);
      const before = scene.sandbox.requests().length;
      const answers = await Promise.all(Array.from({ length: 6 }, () => aihub("token", provider)));
      assert.deepEqual([...new Set(answers.map(({ code, stderr }) => `${code} ${stderr}`))], ["0 "]);
      assert.equal(new Set(answers.map(({ stdout }) => stdout)).size, 1);
      const refreshes = scene.sandbox.requests().slice(before).filter(({ path }) => /token$/.test(path));
      assert.equal(refreshes.length, 1, provider);
    }
  });

  it("a refused refresh token asks for a new sign-in, keeps the tokens, and is not sent again", async () => {
    await signIn(scene, "anthropic");
    await expire("anthropic");
    const before = await readFile(file(), "utf8");
    scene.sandbox.revokeAccount("anthropic", "ada@example.com");
    const { code, stdout, stderr } = await aihub("token", "anthropic");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /no longer accepts the sign-in of anthropic:default.*Sign in again/s);
    assert.equal(await readFile(file(), "utf8"), before);
    assert.equal((await status())[0]?.status, "sign-in-again");

    const sent = scene.sandbox.requests().length;
    assert.equal((await aihub("token", "anthropic")).code, 1);
    assert.equal(scene.sandbox.requests().length, sent);

    await signIn(scene, "anthropic");
    assert.equal((await status())[0]?.status, "connected");
    assert.equal((await aihub("token", "anthropic")).code, 0);
  });

  // 403: a firewall or a captive portal, whose page says nothing of the sign-in.
  for (const fault of [{ kind: "status", status: 403 }, { kind: "status", status: 429 }, { kind: "status", status: 503 }, { kind: "drop" }, { kind: "malformed" }] as const) {
    it(`a ${"status" in fault ? fault.status : fault.kind} of the token endpoint leaves a token that still holds in use`, async () => {
      await signIn(scene, "anthropic");
      await expire("anthropic", 60_000);
      const { access } = (JSON.parse(await readFile(file(), "utf8")) as { anthropic: { access: string } }).anthropic;
      const before = scene.sandbox.requests().length;
      scene.sandbox.addFault({ host: "platform.claude.com", path: "/v1/oauth/token", ...fault });
      const { code, stdout, stderr } = await aihub("token", "anthropic");
      assert.deepEqual([code, stdout], [0, `${access}\n`], stderr);
      assert.deepEqual(scene.sandbox.requests().slice(before).map(({ note }) => note), [`fault: ${fault.kind}`]);
      assert.equal((await status())[0]?.status, "connected");
    });
  }

  it("logout removes the sign-in here and revokes it where that can be done", async () => {
    await signIn(scene, "openai-codex");
    await signIn(scene, "anthropic");
    const { code, stdout } = await aihub("logout", "openai-codex", "--yes");
    assert.deepEqual([code, stdout], [0, "Logged out from openai-codex\n"]);
    assert.ok(scene.sandbox.requests().some(({ path, status: answer }) => path === "/oauth/revoke" && answer === 200));
    assert.deepEqual((await status()).map(({ id }) => id), ["anthropic:default"]);
    assert.equal((await aihub("logout", "openai-codex", "--yes")).stdout, "Not logged in to openai-codex\n");
  });

  it("logout removes the sign-in also when the vendor cannot be reached", async () => {
    await signIn(scene, "openai-codex");
    scene.sandbox.addFault({ host: "auth.openai.com", kind: "drop" });
    const { code, stderr } = await aihub("logout", "openai-codex", "--yes");
    assert.equal(code, 0);
    assert.match(stderr, /could not be revoked at OpenAI; it is removed here/);
    assert.deepEqual(await status(), []);
  });

  it("logout asks, and without anybody to ask changes nothing", async () => {
    await signIn(scene, "anthropic");
    const { code, stderr } = await aihub("logout", "anthropic");
    assert.equal(code, 2);
    assert.match(stderr, /--yes/);
    assert.equal((await status()).length, 1);
  });

  it("several profiles of a provider have to be named", async () => {
    await signIn(scene, "anthropic");
    scene.sandbox.signIn("anthropic", { email: "grace@example.com" });
    await signIn(scene, "anthropic");
    scene.sandbox.signIn("anthropic", { email: "ada@example.com" });
    const { code, stderr } = await aihub("token", "anthropic");
    assert.equal(code, 1);
    assert.match(stderr, /several profiles.*anthropic:default, anthropic:grace@example\.com/);
    assert.equal((await aihub("token", "anthropic:grace@example.com")).code, 0);
  });

  it("a broken file is explained and left as it is", async () => {
    await mkdir(join(scene.home.aihub, "credentials"), { recursive: true });
    for (const broken of ["{ not json", '"text"', "[1, 2"]) {
      await writeFile(file(), broken, { mode: 0o600 });
      for (const args of [["status"], ["token", "anthropic"], ["logout", "anthropic", "--yes"]]) {
        const { code, stderr } = await aihub(...args);
        assert.equal(code, 1, args.join(" "));
        assert.match(stderr, /oauth\.json.*It was left as it is/s);
        assert.doesNotMatch(stderr, /not json/);
      }
      assert.equal(await readFile(file(), "utf8"), broken);
    }
  });

  /** Makes the stored credential due (`expires` minus the time that is left), as after hours of no use. */
  async function expire(key: string, left = -60_000): Promise<void> {
    const all = JSON.parse(await readFile(file(), "utf8")) as Record<string, { expires: number }>;
    all[key]!.expires = Date.now() + left;
    await writeFile(file(), JSON.stringify(all), { mode: 0o600 });
  }
});
