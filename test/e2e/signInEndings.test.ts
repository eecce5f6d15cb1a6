import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { until } from "../host/parts/waiting";
import { storedCredentials } from "../support/storedCredential";
import { anthropic, checkDisk, copilot, enterDeviceCode, openai, openSignInPage, startSignIn } from "./journey";
import { checkNothingLeft } from "./leftovers";
import { openStage, type Stage } from "./stage";


describe("a sign-in at a desktop", function () {
  let stage: Stage;
  const occupied: Server[] = [];

  before(async function () {
    this.timeout(10 * 60_000);
    stage = await openStage({ flavour: "desktop", logs: process.env.AIHUB_TEST_LOGS && join(process.env.AIHUB_TEST_LOGS, "editor-endings") });
    await stage.workbench.statusBar.waitForText("aihub.status", "AIHub: not signed in", { timeout: 60_000 });
  });
  afterEach(async function () {
    await Promise.all(occupied.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
    if (this.currentTest?.state === "failed") await stage.picture(`failed-${this.currentTest.title.replace(/\W+/g, "-")}`);
    else await checkNothingLeft(stage);
    await stage.workbench.notifications.clear();
  });
  after(() => stage?.close());

  const stored = () => storedCredentials(stage.home.aihub).catch(() => ({}));
  const cancel = async (words: string) => (await stage.workbench.notifications.waitFor(words)).click("Cancel");

  it("that is cancelled at the notice stores nothing, and asks again the next time", async () => {
    await stage.workbench.runCommand("AIHub: Login");
    await stage.workbench.quickInput.pick(anthropic.label);
    await stage.workbench.quickInput.waitFor("may refuse the use of a subscription");
    await stage.workbench.quickInput.cancel();
    await stage.workbench.quickInput.waitUntilClosed();
    assert.deepEqual(await stored(), {});
  });

  it("that a person gives up for an API key leaves one to remove, and to sign in to no more", async () => {
    const { quickInput, notifications, sideBar } = stage.workbench;
    const key = "API key in ANTHROPIC_API_KEY";
    await stage.workbench.runCommand("AIHub: Login");
    await quickInput.pick(anthropic.label);
    await quickInput.pick("Use an API key instead");
    await notifications.waitFor("anthropic:api-key is there");
    await sideBar.open("AIHub");
    assert.deepEqual(await sideBar.entriesOfMenu(key), ["Logout"]);
    await stage.workbench.runCommand("AIHub: Show Accounts");
    await quickInput.pick(key);
    await quickInput.waitFor(key);
    assert.deepEqual((await quickInput.items()).map(({ label }) => label), ["Sign Out"]);
    await quickInput.pick("Sign Out");
    await notifications.waitFor(`Signed out of ${key}.`);
  });

  it("that is cancelled in its notification frees everything at once", async () => {
    const consent = await openSignInPage(stage, anthropic);
    await stage.workbench.page.bringToFront();
    await cancel("Waiting for you to authorize Anthropic");
    await stage.workbench.quickInput.waitUntilClosed();
    await consent.click("#authorize");
    await consent.waitForURL(/chrome-error|localhost/);
    await consent.close();
    assert.deepEqual(await stored(), {});
  });

  it("that is cancelled while the device code is shown is over too", async () => {
    await startSignIn(stage, copilot);
    await stage.workbench.quickInput.waitFor("Enter this code at");
    await cancel("Waiting for you to enter the code");
    await stage.workbench.quickInput.waitUntilClosed();
    assert.deepEqual(await stored(), {});
  });

  it("goes on when the box for pasting is closed, refuses what belongs to another sign-in, and leads back to the editor", async () => {
    const { quickInput, notifications, page } = stage.workbench;
    const consent = await openSignInPage(stage, anthropic);
    await page.bringToFront();
    await quickInput.waitFor("paste its address here");
    await quickInput.cancel();
    await quickInput.waitUntilClosed();
    await (await notifications.waitFor("Waiting for you to authorize Anthropic")).followLink("Paste a code");
    await quickInput.type("http://localhost:53692/callback?code=guess&state=another");
    await quickInput.waitFor("This code belongs to another sign-in");
    await quickInput.cancel();
    await consent.bringToFront();
    await consent.click("#authorize");
    await consent.getByRole("heading", { name: "Signed in to Anthropic" }).waitFor();
    await stage.picture("page-after-redirect", consent);
    assert.doesNotMatch(await consent.content(), /sk-ant|code=|state=/);
    await consent.getByRole("link", { name: /^Back to / }).click();
    await consent.waitForURL(/\/callback\?/);
    await consent.close();
    await notifications.waitFor("Signed in to Anthropic as ada@example.com.");
    await checkDisk(stage, anthropic);
  });

  it("is not taken in by a page that guesses at the loopback address", async () => {
    const { notifications, page } = stage.workbench;
    const consent = await openSignInPage(stage, openai);
    const hostile = await page.context().newPage();
    await hostile.goto("https://claude.ai/nowhere");
    const guesses = ["?code=guess&state=guess", "?code=guess", "?error=access_denied&state=guess", "?error=access_denied", ""];
    await hostile.evaluate(`Promise.allSettled(${JSON.stringify(guesses)}.map((guess) => fetch("http://localhost:1455/auth/callback" + guess, { mode: "no-cors" })))`);
    for (const guess of guesses) {
      await hostile.goto(`http://localhost:1455/auth/callback${guess}`);
      await hostile.getByRole("heading", { name: "Not this sign-in" }).waitFor();
    }
    await hostile.close();
    await consent.bringToFront();
    await consent.click("#authorize");
    await consent.getByRole("heading", { name: "Signed in to OpenAI" }).waitFor();
    await consent.close();
    await notifications.waitFor("Signed in to OpenAI as grace@example.com.");
    await checkDisk(stage, openai);
  });

  it("says which ports are taken, and goes on with a device code", async () => {
    const { notifications } = stage.workbench;
    for (const port of [1455, 1457]) await occupy(port);
    await startSignIn(stage, openai);
    const told = await notifications.waitFor("1455, 1457");
    assert.match(told.text, /OpenAI needs are in use.*Going on with a device code\./);
    await enterDeviceCode(stage, openai);
    await notifications.waitFor("Signed in to OpenAI as grace@example.com.");
  });

  it("reaches GitHub Copilot on the domain of an enterprise, which is asked for only there", async () => {
    const { quickInput, notifications } = stage.workbench;
    await startSignIn(stage, copilot);
    await quickInput.waitFor("https://github.com/login/device");
    await quickInput.pick(/Try another way: on an enterprise's own domain/);
    await quickInput.waitFor("The domain of your enterprise");
    await quickInput.type("not a domain");
    await quickInput.waitFor("is not the domain of an enterprise");
    await quickInput.type("example.ghe.com");
    await quickInput.waitFor("https://example.ghe.com/login/device");
    await enterDeviceCode(stage, copilot);
    await notifications.waitFor("Signed in to GitHub Copilot as linus-example@example.ghe.com.");
    const credential = (await storedCredentials(stage.home.aihub))["github-copilot"];
    assert.equal(credential?.enterpriseUrl, "example.ghe.com");
  });

  it("in two windows at once: the second says who is at it, and has the account too", async () => {
    const second = await stage.openWindow();
    await second.statusBar.waitForText("aihub.status", /AIHub: renews/, { timeout: 60_000 });
    stage.sandbox.signIn("anthropic", { email: "grace@example.com" });
    const before = stage.sandbox.requests().filter(({ path }) => path === "/oauth/authorize").length;
    const consent = await openSignInPage(stage, anthropic);
    await second.page.bringToFront();
    await startSignIn(stage, anthropic, second);
    await second.quickInput.waitFor(/\(process \d+\) is signing in to Anthropic/);
    await stage.picture("second-window", second.page);
    await consent.bringToFront();
    await consent.click("#authorize");
    await consent.getByRole("heading", { name: "Signed in to Anthropic" }).waitFor();
    await consent.close();
    await second.page.bringToFront();
    await second.quickInput.waitUntilClosed();
    await second.notifications.waitFor("Signed in to Anthropic as grace@example.com.");
    await until(second.page, "the account in the second window", async () =>
      (await second.accountsMenu.entries()).some(({ label }) => label.startsWith("grace@example.com (Anthropic")) || undefined,
    );
    await second.page.close();
    const after = stage.sandbox.requests().filter(({ path }) => path === "/oauth/authorize").length;
    assert.equal(after - before, 2, "one consent page was opened, and answered");
    const index = JSON.parse(await readFile(join(stage.home.aihub, "agent", "auth-profiles.json"), "utf8")) as { profiles: object };
    assert.ok("anthropic:grace@example.com" in index.profiles);
  });

  async function occupy(port: number): Promise<void> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
    occupied.push(server);
  }
});
