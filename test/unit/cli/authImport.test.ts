import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runCli, startCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { expireStored, storedCredentials, type Stored } from "../../support/storedCredential";
import { moveHome, useSandbox } from "../../support/useSandbox";

interface Listed {
  found: { from: string; provider: string; label: string; file: string; expires: number; state: string; profileId: string | null }[];
  problems: { file: string; message: string }[];
}

/** What `expires` of ours stands before the vendor's moment, in ms. */
const earlier = 5 * 60_000;

/** Each program's file, and what it holds of a sign-in. */
const owners = [
  {
    id: "claude-code", provider: "anthropic", path: ".claude/.credentials.json",
    content: ({ access, refresh, expires }: Stored) => ({ claudeAiOauth: { accessToken: access, refreshToken: refresh, expiresAt: expires + earlier, scopes: ["user:inference"] } }),
  },
  {
    id: "codex", provider: "openai-codex", path: ".codex/auth.json",
    content: ({ access, refresh, accountId }: Stored) => ({ OPENAI_API_KEY: null, tokens: { id_token: access, access_token: access, refresh_token: refresh, account_id: accountId } }),
  },
  {
    id: "gateway", provider: "anthropic", path: ".aihub/auth.json",
    content: ({ access, refresh, expires }: Stored) => ({ anthropic: { type: "oauth", access, refresh, expires }, openai: { type: "api_key", key: "not-taken" } }),
  },
  {
    id: "pi", provider: "anthropic", path: ".pi/agent/oauth.json",
    content: ({ access, refresh, expires }: Stored) => ({ anthropic: { access, refresh, expires } }),
  },
  {
    id: "cli-proxy-api", provider: "anthropic", path: ".cli-proxy-api/claude-ada@example.com.json",
    content: ({ access, refresh, expires }: Stored) => ({ type: "claude", email: "ada@example.com", access_token: access, refresh_token: refresh, expired: new Date(expires + earlier).toISOString() }),
  },
  {
    id: "opencode", provider: "openai-codex", path: ".local/share/opencode/auth.json",
    content: ({ access, refresh, expires, accountId }: Stored) => ({ openai: { type: "oauth", access, refresh, expires, accountId }, anthropic: { type: "api", key: "not-taken" } }),
  },
] as const;

describe("aihub auth import", () => {
  const scene = useSandbox();
  beforeEach(async () => {
    await moveHome(scene);
    // No first run, on which Pi's are taken over without being asked for.
    await place(".aihub/credentials/oauth.json", {});
  });
  const aihub = (...args: string[]) => runCli(["auth", ...args], scene.env);
  const place = async (path: string, content: unknown) => {
    const file = join(scene.home.path, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
    return file;
  };
  const list = async (...args: string[]) => JSON.parse((await aihub("import", "--json", ...args)).stdout) as Listed;
  const tokenRequests = () => scene.sandbox.requests().filter(({ path }) => /token$/.test(path)).length;

  /** A sign-in of the other program's own. */
  const elsewhere = async (provider: string): Promise<Stored> => {
    const env = { ...scene.env, AIHUB_HOME: join(scene.home.path, "elsewhere") };
    assert.equal((await signIn({ ...scene, env }, provider)).code, 0);
    return (await storedCredentials(join(scene.home.path, "elsewhere")))[provider]!;
  };

  it("finds nothing where there is nothing", async () => {
    const { code, stdout } = await aihub("import");
    assert.deepEqual([code, stdout], [0, "No sign-ins of other programs were found.\n"]);
    assert.deepEqual(await list(), { found: [], problems: [] });
  });

  for (const { id, provider, path, content } of owners) {
    describe(`from ${id}`, () => {
      let theirs: Stored;
      let file: string;
      beforeEach(async () => {
        theirs = await elsewhere(provider);
        file = await place(path, content(theirs));
      });

      it("lists the sign-in without touching anything", async () => {
        const before = await readFile(file, "utf8");
        const { found, problems } = await list("--from", id);
        assert.deepEqual(problems, []);
        assert.deepEqual(found.map(({ from, provider: of, file: where, state, profileId }) => [from, of, where, state, profileId]), [[id, provider, file, "new", null]]);
        assert.ok(Math.abs(found[0]!.expires - theirs.expires) < earlier + 60_000);
        assert.equal(await readFile(file, "utf8"), before);
        assert.deepEqual(await storedCredentials(scene.home.aihub), {});
      });

      it("takes it over with --yes, says whose it stays, and uses it", async () => {
        const before = await readFile(file, "utf8");
        const { code, stdout, stderr } = await aihub("import", "--from", id, "--yes");
        assert.equal(code, 0, stderr);
        assert.match(stdout, new RegExp(`Took over .* \\(${provider}:default\\)`));
        assert.match(stderr, /each renewal makes every other copy of it useless/);
        const ours = (await storedCredentials(scene.home.aihub))[provider]!;
        assert.ok(ours.access === theirs.access);
        assert.equal(ours.borrowedFrom, file);
        assert.equal((await aihub("token", provider)).stdout, `${theirs.access}\n`);
        assert.equal(await readFile(file, "utf8"), before);
        assert.deepEqual((await list("--from", id)).found.map(({ state, profileId }) => [state, profileId]), [["taken_over", `${provider}:default`]]);
      });

      it("follows what its owner renews, and never renews it itself", async () => {
        await aihub("import", "--from", id, "--yes");
        await expireStored(scene.home.aihub, provider, -3_600_000);
        const renewed = { ...theirs, access: provider === "anthropic" ? "what its owner got since" : tokenThatExpires(theirs.access, Date.now() + 7_200_000), expires: Date.now() + 7_200_000 };
        await place(path, content(renewed));
        const asked = tokenRequests();
        assert.equal((await aihub("token", provider)).stdout, `${renewed.access}\n`);

        await expireStored(scene.home.aihub, provider, -3_600_000);
        const old = { ...renewed, access: provider === "anthropic" ? renewed.access : tokenThatExpires(theirs.access, Date.now() - 7_200_000), expires: Date.now() - 7_200_000 };
        await place(path, content(old));
        const { code, stderr } = await aihub("token", provider);
        assert.equal(code, 1);
        assert.match(stderr, new RegExp(`was taken over from .*, where it has expired.*aihub auth login ${provider}`, "s"));
        assert.equal(tokenRequests(), asked);
      });
    });
  }

  it("replaces nothing that is here, and knows the same account again", async () => {
    const ours = await signIn(scene, "anthropic");
    assert.equal(ours.code, 0);
    const before = await storedCredentials(scene.home.aihub);
    scene.sandbox.signIn("anthropic", { email: "grace@example.com" });
    const grace = await elsewhere("anthropic");
    scene.sandbox.signIn("anthropic", { email: "ada@example.com" });
    await place(owners[0].path, owners[0].content(grace));
    await place(".cli-proxy-api/claude-ada.json", { ...owners[4].content(before.anthropic!), refresh_token: "another-one-of-the-same-account" });
    const { found } = await list();
    assert.deepEqual(found.map(({ from, state, profileId }) => [from, state, profileId]), [["claude-code", "new", null], ["cli-proxy-api", "known", "anthropic:default"]]);
    assert.equal((await aihub("import", "--yes")).code, 0);
    const after = await storedCredentials(scene.home.aihub);
    assert.deepEqual(Object.keys(after), ["anthropic", "anthropic:claude-code"]);
    assert.deepEqual(after.anthropic, before.anthropic);
  });

  it("takes over every account of CLIProxyAPI", async () => {
    for (const email of ["ada@example.com", "grace@example.com"]) {
      await place(`.cli-proxy-api/claude-${email}.json`, { type: "claude", email, access_token: `access-of-${email}`, refresh_token: `refresh-of-${email}`, expired: new Date(Date.now() + 3_600_000).toISOString() });
    }
    await place(".cli-proxy-api/gemini.json", { type: "gemini", access_token: "x", refresh_token: "y" });
    assert.equal((await aihub("import", "--yes")).code, 0);
    assert.deepEqual(Object.keys(await storedCredentials(scene.home.aihub)), ["anthropic", "anthropic:cli-proxy-api"]);
    assert.match((await aihub("profiles")).stdout, /^anthropic:default · oauth · ada@example\.com · Connected · kept by the owner of \S+ada@example\.com\.json$/m);
  });

  it("uses what its owner got last as long as the vendor takes it", async () => {
    const [{ path, content, id }] = owners;
    const theirs = await elsewhere("anthropic");
    await place(path, content(theirs));
    await aihub("import", "--from", id, "--yes");
    await expireStored(scene.home.aihub, "anthropic", -3_600_000);
    // Due to be renewed, by its owner.
    await place(path, content({ ...theirs, access: "what its owner got since", expires: Date.now() + 10 * 60_000 }));
    assert.equal((await aihub("token", "anthropic")).stdout, "what its owner got since\n");
  });

  it("does not follow its owner to somebody else's account", async () => {
    const file = (email: string, expires: number) => ({ type: "claude", email, access_token: `access-of-${email}`, refresh_token: `refresh-of-${email}`, expired: new Date(expires).toISOString() });
    await place(".cli-proxy-api/claude.json", file("ada@example.com", Date.now() + 3_600_000));
    await aihub("import", "--yes");
    await expireStored(scene.home.aihub, "anthropic", -3_600_000);
    await place(".cli-proxy-api/claude.json", file("grace@example.com", Date.now() + 7_200_000));
    const { code, stdout, stderr } = await aihub("token", "anthropic");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /was taken over from/);
  });

  it("says of one that has expired that its owner alone renews it, and what to do", async () => {
    const expired = { type: "claude", email: "ada@example.com", access_token: "access", refresh_token: "refresh", expired: new Date(Date.now() - 3_600_000).toISOString() };
    const file = await place(".cli-proxy-api/claude.json", expired);
    await aihub("import", "--yes");
    const words = `ada@example.com · Expired, renewed only by its owner · kept by the owner of ${file}\n`;
    assert.ok((await aihub("status")).stdout.endsWith(words));
    assert.ok((await aihub("profiles")).stdout.endsWith(words));
    assert.match((await aihub("token", "anthropic")).stderr, /has expired: only its owner renews it\. Sign in with .* for one of your own at Anthropic, or use that program once\./);
  });

  it("says which file cannot be read, and goes on with the others", async () => {
    const broken = await place(".codex/auth.json", "{ a secret stands here");
    await place(owners[0].path, owners[0].content(await elsewhere("anthropic")));
    const { code, stdout, stderr } = await aihub("import", "--yes");
    assert.equal(code, 0);
    assert.match(stderr, /\.codex\/auth\.json cannot be read: it is not valid JSON\. It was left as it is/);
    assert.doesNotMatch(stderr, /a secret/);
    assert.match(stdout, /Took over/);
    assert.equal(await readFile(broken, "utf8"), "{ a secret stands here");
    assert.deepEqual((await list()).problems.map(({ file }) => file), [broken]);
  });

  it("offers a sign-in of one's own first", async () => {
    await place(owners[0].path, owners[0].content(await elsewhere("anthropic")));
    const run = startCli(["auth", "import"], scene.env);
    await run.output(/1\) Sign in to Anthropic with AIHub · recommended\n {2}2\) Take it over from Claude Code/);
    run.type("1\n");
    const [, url = ""] = await run.output(/(https:\/\/claude\.ai\S+)/);
    await scene.person.consent(url);
    assert.equal((await run.result).code, 0);
    const { anthropic } = await storedCredentials(scene.home.aihub);
    assert.equal(anthropic?.borrowedFrom, undefined);
    assert.equal(anthropic?.email, "ada@example.com");
  });

  it("leaves what is not wanted", async () => {
    await place(owners[0].path, owners[0].content(await elsewhere("anthropic")));
    assert.equal((await runCli(["auth", "import"], scene.env, "3\n")).code, 0);
    assert.deepEqual(await storedCredentials(scene.home.aihub), {});
  });

  it("changes nothing where nobody is there to be asked", async () => {
    await place(owners[0].path, owners[0].content(await elsewhere("anthropic")));
    const { code, stderr } = await aihub("import");
    assert.equal(code, 2);
    assert.match(stderr, /Nobody is here to be asked\. Nothing was changed\. Add --yes/);
    assert.deepEqual(await storedCredentials(scene.home.aihub), {});
  });

  it("knows which programs there are", async () => {
    const { code, stderr } = await aihub("import", "--from", "cursor");
    assert.equal(code, 2);
    assert.match(stderr, /Known: claude-code, codex, gateway, pi, cli-proxy-api, opencode/);
  });
});

/** The same token with another `exp`: Codex reads its expiry from there. The signature no longer fits, which only the vendor would see. */
function tokenThatExpires(token: string, at: number): string {
  const [header, payload = "", signature] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
  return [header, Buffer.from(JSON.stringify({ ...claims, exp: Math.floor(at / 1000) })).toString("base64url"), signature].join(".");
}
