import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildExtension } from "./buildExtension";
import type { Browser } from "playwright-core";
import { launchBrowser, newBrowserContext } from "./browser";
import { startEditorServer } from "./editorServer";
import type { EditorServer } from "./editorServer";
import { ensureHost } from "./install";
import { until } from "./parts/waiting";
import { openWorkbench } from "./workbench";
import type { Workbench } from "./workbench";

const status = "fixture.status";

describe("the workbench of a real editor", () => {
  let folder: string;
  let server: EditorServer;
  let browser: Browser;
  let workbench: Workbench;

  before(async function () {
    this.timeout(10 * 60_000);
    folder = await realpath(await mkdtemp(path.join(tmpdir(), "aihub-host-")));
    for (const name of ["home", "workspace"]) await mkdir(path.join(folder, name));
    await writeFile(path.join(folder, "workspace/notes.txt"), Array.from({ length: 200 }, (_, line) => `note ${line + 1}`).join("\n"));
    const host = await ensureHost();
    server = await startEditorServer({
      host,
      home: path.join(folder, "home"),
      extensionDevelopmentPath: await buildExtension(path.join(__dirname, "fixture"), path.join(folder, "fixture")),
      workspace: path.join(folder, "workspace"),
    });
    browser = await launchBrowser({ host });
    workbench = await openWorkbench(await newBrowserContext(browser), server.url);
    await workbench.statusBar.waitForText(status, "ready", { timeout: 60_000 });
  });

  afterEach(async function () {
    if (this.currentTest?.state === "failed") await workbench.screenshot(path.join(tmpdir(), `${this.currentTest.title.replace(/\W+/g, "-")}.png`));
  });

  after(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  it("reads a quick pick and picks from it", async () => {
    const { quickInput, statusBar } = workbench;
    await workbench.runCommand("Fixture: Pick");
    await quickInput.waitFor("Choose a fruit");
    assert.equal(await quickInput.title(), "Fruit");
    const items = await quickInput.items();
    assert.deepEqual(items[0], { label: "Apple", description: "red", detail: "A round fruit", group: "" });
    assert.deepEqual(items.at(-1), { label: "Plum 40", description: "", detail: "", group: "others" });
    assert.equal(items.length, 42);
    await quickInput.pick("Plum 33");
    await statusBar.waitForText(status, "picked Plum 33");
    await statusBar.click(status);
    await quickInput.pick("Apple");
    await statusBar.waitForText(status, /picked .*Apple$/);
  });

  it("tells commands with similar titles apart", async () => {
    assert.deepEqual((await workbench.findCommands("Fixture: Pick")).slice(0, 2), ["Fixture: Pick", "Fixture: Pick Other"]);
    await workbench.runCommand("Fixture: Pick Other");
    await workbench.quickInput.pick("only");
    await workbench.statusBar.waitForText(status, "other only");
  });

  it("answers an input box and reads why it refuses", async () => {
    const { quickInput, statusBar } = workbench;
    await workbench.runCommand("Fixture: Ask");
    await quickInput.waitFor("Paste the code here");
    await quickInput.fill("abc");
    await quickInput.waitFor("At least four characters");
    await quickInput.type("abcd");
    await statusBar.waitForText(status, "typed abcd");
    await quickInput.waitUntilClosed();
    await workbench.runCommand("Fixture: Ask");
    await quickInput.waitFor("Question");
    await quickInput.cancel();
    await statusBar.waitForText(status, "typed undefined");
  });

  it("reads notifications and clicks their buttons", async () => {
    const { notifications, statusBar } = workbench;
    await workbench.runCommand("Fixture: Notify");
    const signedIn = await notifications.waitFor(/Signed in as/);
    assert.deepEqual([signedIn.text, signedIn.severity, signedIn.actions], ["Signed in as Ada", "info", ["Show Account", "Close"]]);
    assert.equal((await notifications.waitFor("quiet")).severity, "warning");
    await signedIn.click("Show Account");
    await statusBar.waitForText(status, "chose Show Account");
    assert.deepEqual(await notifications.all(), ["A quiet word"]);
    await workbench.runCommand("Fixture: Notify");
    await (await notifications.waitFor("Signed in as Ada")).dismiss();
    await statusBar.waitForText(status, "chose undefined");
    await notifications.clear();
    assert.deepEqual(await notifications.all(), []);
  });

  it("reads the status bar and its tooltip", async () => {
    assert.match(await workbench.statusBar.tooltip(status), /^Tooltip of the fixture\s+first line\s+second line$/);
    assert.equal(await workbench.statusBar.text(/chose/), "chose undefined");
    assert.equal(await workbench.statusBar.kind(status), "standard");
  });

  it("answers a modal dialog", async () => {
    await workbench.runCommand("Fixture: Confirm");
    const dialog = await workbench.dialogs.waitFor("Really do it?");
    assert.equal(dialog.detail, "It cannot be undone.");
    assert.deepEqual([...dialog.buttons].sort(), ["Cancel", "Do It"]);
    await dialog.click("Do It");
    await workbench.statusBar.waitForText(status, "confirmed Do It");
  });

  it("agrees to open a website and gets its page", async () => {
    await workbench.page.context().route("http://vendor.test/**", (route) => route.fulfill({ contentType: "text/html", body: "<h1>The vendor</h1>" }));
    const page = await workbench.dialogs.openExternalAndGetPage(() => workbench.runCommand("Fixture: Open External"));
    assert.equal(await page.locator("h1").innerText(), "The vendor");
    assert.equal(page.url(), "http://vendor.test/page");
    await page.close();
    await workbench.statusBar.waitForText(status, "opened true");
  });

  it("leaves localhost links as they are, like the desktop", async () => {
    await workbench.runCommand("Fixture: External Uri");
    await workbench.statusBar.waitForText(status, "http://localhost:1455/callback");
  });

  it("sends localhost links through its own address when it is browser-hosted", async () => {
    const options = { host: await ensureHost(), home: path.join(folder, "home"), extensionDevelopmentPath: path.join(folder, "fixture") };
    const hosted = await startEditorServer({ ...options, flavour: "browser-hosted" });
    try {
      const other = await openWorkbench(await newBrowserContext(browser), hosted.url);
      await other.statusBar.waitForText(status, "ready", { timeout: 60_000 });
      await other.runCommand("Fixture: External Uri");
      await other.statusBar.waitForText(status, `http://127.0.0.1:${hosted.port}/proxy/1455/callback`);
      await other.page.context().close();
    } finally {
      await hosted.close();
    }
  });

  it("types into a terminal and reads all of it", async () => {
    const { terminals } = workbench;
    await workbench.runCommand("Fixture: Terminal");
    const text = await terminals.waitForText(/^from the fixture$/m);
    assert.match(text, /^line 1$/m);
    await terminals.type("echo $((40 + 2)) $HOME\n");
    await terminals.waitForText(`42 ${path.join(folder, "home")}`);
    await workbench.runCommand("Fixture: Terminal");
    await workbench.runCommand("Terminal: Create New Terminal");
    // The third has the name of the person's shell.
    let names: string[] = [];
    const areThree = async () => (names = await terminals.names()).length === 3 || undefined;
    await until(workbench.page, "three terminals", areThree, { seen: () => names });
    assert.deepEqual(names.map((name) => name === "fixture shell"), [true, true, false]);
    await terminals.waitForText(/^[^\n]*[$#]\s*$/);
    assert.match(await terminals.text("fixture shell"), /from the fixture/);
    await terminals.select("fixture shell");
    await terminals.waitForText("from the fixture");
  });

  it("opens a file and reads all of its text", async () => {
    await workbench.openFile(path.join(folder, "workspace/notes.txt"));
    const text = await workbench.editorText();
    assert.equal(text.split("\n").length, 200);
    assert.match(text, /^note 1\n[^]*\nnote 200$/);
    assert.deepEqual(await workbench.editorTabs(), ["notes.txt"]);
  });

  it("clicks what stands above a line, and mends what is marked in one", async () => {
    const { textEditor, quickInput, statusBar } = workbench;
    assert.equal(await textEditor.waitForLens("Second"), "Second | Pick Other");
    await textEditor.clickLens("Second", "Pick Other");
    await quickInput.pick("only");
    await statusBar.waitForText(status, "other only");
    await textEditor.waitForMark("warning");
    await textEditor.quickFix("note 3", "Ask…");
    await quickInput.type("mended");
    await statusBar.waitForText(status, "typed mended");
    await textEditor.replace("note 200", "the last note");
    assert.ok(await textEditor.isDirty());
    await textEditor.save();
    assert.match(await readFile(path.join(folder, "workspace/notes.txt"), "utf8"), /\nthe last note$/);
  });

  it("starts the extension again with the window", async () => {
    await workbench.reload();
    await workbench.statusBar.waitForText(status, "ready");
  });

  it("reads the Accounts menu and signs out through it", async () => {
    const { accountsMenu, dialogs } = workbench;
    const account = "ada@example.com (Fixture Accounts)";
    // The window has just begun anew: its accounts come when the extension is there.
    const first = await until(workbench.page, "the account at the top", async () => (await accountsMenu.entries()).slice(0, 1).find(({ label }) => label === account));
    assert.deepEqual(first.children, ["Manage Trusted Extensions", "Sign Out"]);
    assert.equal(await accountsMenu.badge(), "");
    await accountsMenu.choose(account, "Sign Out");
    await (await dialogs.waitFor("ada@example.com")).click("Sign Out");
    // The menu follows when the extension has told the editor.
    await until(workbench.page, "a menu without the account", async () => !(await accountsMenu.entries()).some((entry) => entry.label === account) || undefined);
  });

  it("makes a picture and keeps logs", async () => {
    const picture = path.join(folder, "picture.png");
    await workbench.screenshot(picture);
    assert.ok((await stat(picture)).size > 10_000);
    assert.ok((await stat(server.logsDir)).isDirectory());
  });

  it("goes through a proxy, but not to this machine", async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end("from the proxy");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const own = await launchBrowser({ host: await ensureHost(), proxyUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` });
    try {
      const page = await (await newBrowserContext(own)).newPage();
      await page.goto("http://vendor.test/x");
      assert.equal(await page.locator("body").innerText(), "from the proxy");
      await page.goto(server.url);
      await page.locator(".monaco-workbench").waitFor();
      assert.deepEqual([...new Set(asked.map((url) => new URL(url).host))], ["vendor.test"]);
    } finally {
      await own.close();
      proxy.close();
    }
  });
});
