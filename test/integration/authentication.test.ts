import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { providers } from "../../src/providers/registry";
import { createFileCredentialStore } from "../../src/store/fileCredentialStore";
import type { Person } from "../support/person";
import { runCli, startCli } from "../support/cli";
import { accountLabels, catchOpenedPages, extensionId, home, nextChange, openPerson, sandbox } from "./scene";

const oauthFile = join(home, ".aihub", "credentials", "oauth.json");
const env = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));

describe("VS Code's accounts", () => {
  let person: Person;
  let pages: ReturnType<typeof catchOpenedPages>;

  before(() => {
    person = openPerson();
    pages = catchOpenedPages();
  });
  after(async () => {
    pages.restore();
    await person.close();
  });

  it("know every provider, without anybody signed in", async () => {
    await vscode.extensions.getExtension(extensionId)?.activate();
    for (const { authenticationId } of providers) assert.deepEqual(await accountLabels(authenticationId), []);
  });

  /** What a click on “Sign in to use …” in the Accounts menu runs. */
  const signInFromMenu = async (providerId: string) => {
    const pending = await vscode.authentication.getSession(providerId, ["aihub"]);
    assert.equal(pending, undefined);
    await vscode.commands.executeCommand(`${providerId}:${extensionId}:signIn0`);
  };

  it("are free for the next try after a denial", async () => {
    const outcome = signInFromMenu("aihub-anthropic").catch(() => {});
    await person.consent(await pages.next(), "deny");
    await outcome;
    assert.deepEqual(await accountLabels("aihub-anthropic"), []);
  });

  for (const [providerId, account] of [
    ["aihub-anthropic", "ada@example.com"],
    ["aihub-openai-codex", "grace@example.com"],
  ] as const) {
    it(`sign in to ${providerId} through the redirect`, async () => {
      const changed = nextChange(providerId);
      const signingIn = signInFromMenu(providerId);
      const url = await pages.next();
      const redirect = new URL(new URL(url).searchParams.get("redirect_uri") ?? "");
      assert.equal(redirect.hostname, "localhost");
      assert.equal((await person.consent(url)).status, 200);
      await Promise.all([signingIn, changed]);
      assert.deepEqual(await accountLabels(providerId), [account]);
    });
  }

  it("sign in to aihub-github-copilot with a device code", async () => {
    const signingIn = signInFromMenu("aihub-github-copilot");
    let url: string | undefined;
    void pages.next().then((opened) => (url = opened));
    // “Copy & Open” is there as soon as the vendor has given a code.
    for (const end = Date.now() + 20_000; url === undefined && Date.now() < end; ) {
      await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
    }
    if (url === undefined) throw new Error("No device code to copy and no page within 20 s: is the vendor's answer there?");
    await person.enterDeviceCode(url, await vscode.env.clipboard.readText());
    await signingIn;
    assert.deepEqual(await accountLabels("aihub-github-copilot"), ["linus-example"]);
  });

  it("hand out the very token of the store, with the scopes that were asked for", async () => {
    const session = await vscode.authentication.getSession("aihub-anthropic", ["aihub"], { silent: true });
    const stored = JSON.parse(await readFile(oauthFile, "utf8")) as Record<string, { access: string }>;
    assert.ok(session?.accessToken === stored.anthropic?.access);
    assert.deepEqual(session?.scopes, ["aihub"]);
    assert.equal(session?.account.label, "ada@example.com");
  });

  it("renew a token that is due before they hand it out", async () => {
    const stored = JSON.parse(await readFile(oauthFile, "utf8")) as Record<string, { access: string; expires: number }>;
    const old = stored.anthropic?.access;
    stored.anthropic!.expires = Date.now() - 1000;
    const changed = nextChange("aihub-anthropic");
    await writeFile(oauthFile, JSON.stringify(stored), { mode: 0o600 });
    const session = await vscode.authentication.getSession("aihub-anthropic", ["aihub"], { silent: true });
    assert.ok(session && session.accessToken !== old);
    assert.equal(await sandbox.reuseDetected(), 0);
    // The one who asked has it first; who only listens hears of it later, and the next test must not take that for its own.
    await changed;
  });

  it("are renewed by an open window before anybody needs it", async function () {
    this.timeout(120_000);
    const changed = nextChange("aihub-anthropic");
    const stored = JSON.parse(await readFile(oauthFile, "utf8")) as Record<string, { access: string; expires: number }>;
    const old = stored.anthropic?.access;
    stored.anthropic!.expires = Date.now() + 5 * 60_000;
    await writeFile(oauthFile, JSON.stringify(stored), { mode: 0o600 });
    await changed;
    const renewed = JSON.parse(await readFile(oauthFile, "utf8")) as typeof stored;
    assert.ok(renewed.anthropic!.access !== old);
    assert.ok(renewed.anthropic!.expires > Date.now() + 3_600_000);
    assert.equal(await sandbox.reuseDetected(), 0);
  });

  it("follow a sign-out and a sign-in on the command line", async () => {
    const removed = nextChange("aihub-anthropic");
    assert.equal((await runCli(["auth", "logout", "anthropic", "--yes"], env)).code, 0);
    await removed;
    assert.deepEqual(await accountLabels("aihub-anthropic"), []);

    const added = nextChange("aihub-anthropic");
    const run = startCli(["auth", "login", "anthropic", "--no-browser"], env);
    const [, url = ""] = await run.output(/(https:\/\/\S+)/);
    await person.consent(url);
    assert.equal((await run.result).code, 0);
    await added;
    assert.deepEqual(await accountLabels("aihub-anthropic"), ["ada@example.com"]);
  });

  it("keep what they know while a file is broken", async () => {
    const token = async () => (await vscode.authentication.getSession("aihub-anthropic", ["aihub"], { silent: true }))?.accessToken;
    const whole = await readFile(oauthFile, "utf8");
    const { access } = (JSON.parse(whole) as { anthropic: { access: string } }).anthropic;
    const heard: string[] = [];
    const subscription = vscode.authentication.onDidChangeSessions(({ provider }) => heard.push(provider.id));
    try {
      await changeOnDisk(whole.slice(0, 40));
      // The last good copy stands in.
      assert.ok((await token()) === access);
      assert.deepEqual(await accountLabels("aihub-anthropic"), ["ada@example.com"]);
      assert.equal(await readFile(oauthFile, "utf8"), whole.slice(0, 40));
      assert.deepEqual(heard, []);

      await changeOnDisk(whole);
      assert.ok((await token()) === access);
      assert.deepEqual(await accountLabels("aihub-anthropic"), ["ada@example.com"]);
      assert.deepEqual(heard, []);
    } finally {
      subscription.dispose();
    }
  });

  it("keep what they know of an account while its entry cannot be read", async () => {
    const all = JSON.parse(await readFile(oauthFile, "utf8")) as Record<string, object>;
    const heard: string[] = [];
    const subscription = vscode.authentication.onDidChangeSessions(({ provider }) => heard.push(provider.id));
    try {
      await changeOnDisk(JSON.stringify({ ...all, anthropic: { ...all.anthropic, access: 7 } }));
      assert.deepEqual(await accountLabels("aihub-anthropic"), ["ada@example.com"]);
      await changeOnDisk(JSON.stringify(all));
      assert.deepEqual(await accountLabels("aihub-anthropic"), ["ada@example.com"]);
      assert.deepEqual(heard, []);
    } finally {
      subscription.dispose();
    }
  });

  it("hear of all that changes at once in one event, by id and content", async () => {
    const all = JSON.parse(await readFile(oauthFile, "utf8")) as Record<string, { access: string }>;
    const more = { ...all, anthropic: { ...all.anthropic, access: "renewed" }, "anthropic:work": { ...all.anthropic, email: "work@example.com" } };
    const heard: string[] = [];
    const subscription = vscode.authentication.onDidChangeSessions(({ provider }) => heard.push(provider.id));
    const replace = async (entries: unknown, providerId: string) => {
      const changed = nextChange(providerId);
      replaceByAnotherProcess(JSON.stringify(entries));
      await changed;
    };
    try {
      await replace(more, "aihub-anthropic");
      assert.deepEqual(await accountLabels("aihub-anthropic"), ["ada@example.com", "work@example.com"]);
      // A new file with the old content is no change.
      replaceByAnotherProcess(JSON.stringify(more));
      await replace(all, "aihub-anthropic");
      assert.deepEqual(await accountLabels("aihub-anthropic"), ["ada@example.com"]);
      await replace({ ...all, "openai-codex": { ...all["openai-codex"], access: "renewed" } }, "aihub-openai-codex");
      await replace(all, "aihub-openai-codex");
      assert.deepEqual(heard, ["aihub-anthropic", "aihub-anthropic", "aihub-openai-codex", "aihub-openai-codex"]);
    } finally {
      subscription.dispose();
    }
  });

  /** The file as a whole, as every writer of ours does it. The content comes on standard input. */
  function replaceByAnotherProcess(text: string): void {
    const script = 'const { readFileSync, renameSync, writeFileSync } = require("node:fs"); const [, file] = process.argv; writeFileSync(`${file}.new`, readFileSync(0), { mode: 0o600 }); renameSync(`${file}.new`, file);';
    execFileSync(process.execPath, ["-e", script, oauthFile], { input: text, env: { ...env, ELECTRON_RUN_AS_NODE: "1" } });
  }

  /** Resolves when a watcher like the extension's has reported the change, so that the extension's has as well. */
  async function changeOnDisk(text: string): Promise<void> {
    let subscription: vscode.Disposable | undefined;
    const reported = new Promise<void>((resolve) => {
      subscription = createFileCredentialStore(join(home, ".aihub")).onDidChange(resolve);
    });
    await writeFile(oauthFile, text, { mode: 0o600 });
    await reported;
    subscription?.dispose();
  }

  it("sign out through the editor", async () => {
    const removed = nextChange("aihub-openai-codex");
    await vscode.commands.executeCommand("_signOutOfAccount", { providerId: "aihub-openai-codex", accountLabel: "grace@example.com" });
    await removed;
    assert.deepEqual(await accountLabels("aihub-openai-codex"), []);
    const stored = JSON.parse(await readFile(oauthFile, "utf8")) as Record<string, unknown>;
    assert.deepEqual(Object.keys(stored).sort(), ["anthropic", "github-copilot"]);
    const revoked = (await sandbox.requests()).filter(({ path }) => path === "/oauth/revoke");
    assert.equal(revoked.length, 1);
  });
});
