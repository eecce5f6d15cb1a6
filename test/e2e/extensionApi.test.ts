import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { createPerson } from "../support/person";
import { storedCredentials } from "../support/storedCredential";
import { openStage, type Stage } from "./stage";

const status = "caller.status";

describe("another extension", function () {
  let stage: Stage;

  before(async function () {
    this.timeout(10 * 60_000);
    const logs = process.env.AIHUB_TEST_LOGS && join(process.env.AIHUB_TEST_LOGS, "editor-extension-api");
    stage = await openStage({ flavour: "desktop", otherExtension: join(__dirname, "caller"), logs });
    await stage.workbench.statusBar.waitForText(status, "ready 1", { timeout: 60_000 });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await stage.picture(`failed-${this.currentTest.title.replace(/\W+/g, "-")}`);
  });
  after(() => stage?.close());

  const run = (title: string) => stage.workbench.runCommand(`Caller: ${title}`);
  const shows = (text: string | RegExp) => stage.workbench.statusBar.waitForText(status, text);
  const stored = async () => (await storedCredentials(stage.home.aihub)).anthropic!;
  const keyShown = async () => `key ${createHash("sha256").update((await stored()).access).digest("hex")} ada@example.com anthropic:default your Claude subscription`;

  it("sees who is signed in, and no secret", async () => {
    await run("Status");
    await shows('[{"id":"anthropic","label":"Anthropic (Claude Pro/Max)","profiles":[]}]');
  });

  it("gets no key where nobody is signed in, and is asked about once, however often it asks", async () => {
    await run("Get Key Twice");
    const dialog = await stage.workbench.dialogs.waitFor("The extension “Caller” wants to use your Anthropic (Claude Pro/Max) account");
    assert.deepEqual(dialog.buttons.toSorted(), ["Allow", "Cancel", "Deny"]);
    await dialog.click("Allow");
    await shows(/^error not_signed_in Nobody is signed in to Anthropic/);
  });

  it("shows what the terms mean before the first sign-in, and ends with it when that is closed", async () => {
    const { quickInput } = stage.workbench;
    await run("Sign In");
    await quickInput.waitFor("may refuse the use of a subscription");
    assert.ok((await quickInput.items()).some(({ label }) => label.includes("Read the terms")));
    await quickInput.cancel();
    await shows(/^error cancelled/);
  });

  it("leads a person through a sign-in in the browser", async () => {
    const page = await stage.workbench.dialogs.openExternalAndGetPage(async () => {
      await run("Sign In");
      await stage.workbench.quickInput.pick("Sign in with the subscription");
    });
    await page.click("#authorize");
    await page.getByRole("heading", { name: "Signed in to Anthropic" }).waitFor();
    await page.close();
    await shows("done anthropic:default ada@example.com");
    assert.equal((await stored()).email, "ada@example.com");
    await run("Status");
    await shows(/"profiles":\[\{"id":"anthropic:default","provider":"anthropic","type":"oauth","label":"ada@example\.com","status":"connected","expires":\d+\}\]/);
  });

  it("gets the very key, without being asked for again", async () => {
    await run("Get Key");
    await shows(await keyShown());
  });

  it("has no key any more when its access is taken away, and again when it is given back", async () => {
    const { quickInput } = stage.workbench;
    const toggle = async () => {
      await stage.workbench.runCommand("AIHub: Manage Extension Access");
      await quickInput.waitFor("Extensions that may use your keys");
      await quickInput.pick("Caller");
      await quickInput.accept();
      await quickInput.waitUntilClosed();
    };
    await toggle();
    await run("Get Key");
    await shows(/^error access_not_allowed You have not allowed “Caller” to use Anthropic/);
    await toggle();
    await run("Get Key");
    await shows(await keyShown());
  });

  it("cannot pass for an extension that it is not", async () => {
    await run("Pretend");
    await shows(/^error unknown_extension There is no extension vscode\.git as it was named/);
  });

  it("leads a person through pasting, wrong answers included", async () => {
    const { quickInput } = stage.workbench;
    await run("Sign In By Paste");
    await quickInput.waitFor("https://claude.ai/oauth/authorize");
    const [url = ""] = /https:\S+/.exec(await quickInput.message()) ?? [];
    await quickInput.type("not a code");
    await quickInput.waitFor("There is no code in what was pasted");
    const person = createPerson(stage.sandbox);
    await quickInput.type(await person.consentWithoutRedirect(url));
    await person.close();
    await shows("done anthropic:default ada@example.com");
  });

  it("signs out only what the person agrees to", async () => {
    await run("Sign Out");
    await (await stage.workbench.dialogs.waitFor("“Caller” wants to sign out ada@example.com (Anthropic)")).click("Cancel");
    await shows(/^error cancelled/);
    assert.ok(await stored());
    await run("Sign Out");
    await (await stage.workbench.dialogs.waitFor("wants to sign out")).click("Sign Out");
    await shows("signed out");
    assert.deepEqual(Object.keys(await storedCredentials(stage.home.aihub)), []);
  });
});
