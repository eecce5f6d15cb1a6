import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { migrateFromPi } from "../../../src/auth/migrate";
import { silentLogger } from "../../../src/common/logger";
import type { CredentialStore } from "../../../src/store/credentialStore";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { storedCredentials } from "../../support/storedCredential";
import { moveHome, useSandbox } from "../../support/useSandbox";

describe("the first run where Pi is signed in", () => {
  const scene = useSandbox();
  const aihub = (...args: string[]) => runCli(["auth", ...args], scene.env);
  const piFile = (name = "auth.json") => join(scene.home.path, ".pi", "agent", name);

  /** Signs in elsewhere and gives the result to Pi, as if it had signed in itself. */
  beforeEach(async () => {
    await moveHome(scene);
    const elsewhere = { ...scene.env, AIHUB_HOME: join(scene.home.path, "elsewhere") };
    await signIn({ ...scene, env: elsewhere }, "anthropic");
    await mkdir(join(scene.home.path, ".pi", "agent"), { recursive: true });
    const { anthropic } = await storedCredentials(join(scene.home.path, "elsewhere"));
    await writePi({ access: anthropic!.access, refresh: anthropic!.refresh, expires: anthropic!.expires });
  });

  const writePi = (entry: Record<string, unknown>, name?: string) =>
    writeFile(piFile(name), JSON.stringify({ anthropic: { type: "oauth", ...entry }, openai: { type: "api_key", key: "-" } }), { mode: 0o600 });

  it("takes the sign-in over, says so once, and leaves the original alone", async () => {
    const original = await readFile(piFile(), "utf8");
    const first = await aihub("status");
    assert.match(first.stderr, /Took over Pi's sign-ins for Anthropic \(from Pi\)/);
    assert.match(first.stdout, /anthropic \(oauth\).*Anthropic \(from Pi\) · Connected/);
    assert.equal((await aihub("status")).stderr, "");
    assert.equal(await readFile(piFile(), "utf8"), original);
    assert.equal((await aihub("token", "anthropic")).code, 0);
  });

  it("takes all of them over at once, so that an end in the midst leaves none behind", async () => {
    const { anthropic } = JSON.parse(await readFile(piFile(), "utf8")) as Record<string, unknown>;
    await writeFile(piFile(), JSON.stringify({ anthropic, "github-copilot": { type: "oauth", access: "a", refresh: "r", expires: Date.now() + 3_600_000 } }), { mode: 0o600 });
    const store = createFileCredentialStore(scene.home.aihub);
    // Ends with its first change.
    let ended = () => {};
    const end = new Promise<void>((resolve) => (ended = resolve));
    const ending: CredentialStore = { ...store, update: (change) => store.update(change).finally(ended).then(() => new Promise(() => {})) };
    const { HOME } = process.env;
    process.env.HOME = scene.home.path;
    try {
      void migrateFromPi(ending, scene.home.aihub, silentLogger);
      await end;
    } finally {
      process.env.HOME = HOME;
    }
    assert.deepEqual(Object.keys(await storedCredentials(scene.home.aihub)), ["anthropic", "github-copilot"]);
  });

  it("follows what Pi renews and never renews itself", async () => {
    await aihub("status");
    const before = scene.sandbox.requests().length;
    const entry = (JSON.parse(await readFile(piFile(), "utf8")) as { anthropic: Record<string, unknown> }).anthropic;
    const store = join(scene.home.aihub, "credentials", "oauth.json");
    const ours = await storedCredentials(scene.home.aihub);
    ours.anthropic!.expires = Date.now() - 3_600_000;
    await writeFile(store, JSON.stringify(ours), { mode: 0o600 });
    await writePi({ ...entry, access: "what Pi got since", expires: Date.now() + 3_600_000 });
    assert.equal((await aihub("token", "anthropic")).stdout, "what Pi got since\n");

    const again = await storedCredentials(scene.home.aihub);
    again.anthropic!.expires = Date.now() - 3_600_000;
    await writeFile(store, JSON.stringify(again), { mode: 0o600 });
    await writePi({ ...entry, expires: Date.now() - 3_600_000 });
    const { code, stderr } = await aihub("token", "anthropic");
    assert.equal(code, 1);
    assert.match(stderr, /was taken over from .*auth\.json, where it has expired.*aihub auth login anthropic/s);
    assert.equal(scene.sandbox.requests().length, before);
  });

  it("makes way for a sign-in of one's own", async () => {
    await aihub("status");
    await signIn(scene, "anthropic");
    const stored = await storedCredentials(scene.home.aihub);
    assert.deepEqual(Object.keys(stored), ["anthropic"]);
    assert.equal(stored.anthropic?.email, "ada@example.com");
    assert.equal(stored.anthropic?.borrowedFrom, undefined);
    assert.match((await aihub("status")).stdout, /ada@example\.com · Connected/);
  });

  it("does nothing where there is a store already", async () => {
    await mkdir(join(scene.home.aihub, "credentials"), { recursive: true });
    await writeFile(join(scene.home.aihub, "credentials", "oauth.json"), "{}", { mode: 0o600 });
    assert.match((await aihub("status")).stdout, /No providers authenticated/);
  });
});
