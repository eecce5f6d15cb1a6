import type { Page } from "playwright-core";
import { whyNoSplitNetwork } from "../host/splitNetwork";
import { anthropic, checkAccountsMenu, checkDisk, copilot, enterDeviceCode, openai, openSignInPage, signInByDeviceCode, type Traveller } from "./journey";
import { checkNothingLeft } from "./leftovers";
import { openStage, type Stage, type StageOptions } from "./stage";

const logs = (name: string) => (process.env.AIHUB_TEST_LOGS ? `${process.env.AIHUB_TEST_LOGS}/${name}` : undefined);

function useStage(name: string, options: StageOptions): () => Stage {
  let stage: Stage;
  before(async function () {
    const reason = options.browserPlace && whyNoSplitNetwork();
    if (reason) {
      console.log(`      skipped: ${reason}`);
      this.skip();
    }
    this.timeout(10 * 60_000);
    stage = await openStage({ ...options, logs: logs(name) });
    await stage.workbench.statusBar.waitForText("aihub.status", "AIHub: not signed in", { timeout: 60_000 });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await stage.picture(`failed-${this.currentTest.title.replace(/\W+/g, "-")}`);
    else await checkNothingLeft(stage);
  });
  after(() => stage?.close());
  return () => stage;
}

/** Authorizes on Anthropic's page that shows the code, and brings the code back. */
async function pasteShownCode(stage: Stage): Promise<void> {
  const { quickInput, page } = stage.workbench;
  const consent = await openSignInPage(stage, anthropic);
  await consent.click("#authorize");
  const code = (await consent.locator("#code").innerText()).trim();
  await consent.close();
  await page.bringToFront();
  await quickInput.waitFor("paste the code");
  await quickInput.type("not a code");
  await quickInput.waitFor("There is no code in what was pasted");
  await quickInput.type(code);
}

/** Authorizes, and takes the address of the page that could not load: it leads to this machine, not to the browser's. */
async function addressAfterConsent(consent: Page): Promise<string> {
  const failed = consent.waitForEvent("requestfailed", (request) => request.url().includes("localhost"));
  await consent.click("#authorize");
  const address = (await failed).url();
  await consent.close();
  return address;
}

async function signedIn(stage: Stage, traveller: Traveller): Promise<void> {
  await stage.workbench.notifications.waitFor(`Signed in to ${traveller.name} as ${traveller.account}.`);
  await checkDisk(stage, traveller);
  await checkAccountsMenu(stage, traveller);
}

for (const [where, name, options] of [
  ["an editor in the browser, as code-server serves it", "editor-in-browser", { flavour: "browser-hosted" }],
  ["a browser on another machine, which knows the editor by a name", "editor-elsewhere", { flavour: "browser-hosted", browserPlace: "elsewhere" }],
] as const) {
  describe(`from ${where}, a person signs in`, () => {
    const stage = useStage(name, options);

    it("to Anthropic with the code that its page shows", async () => {
      await pasteShownCode(stage());
      await signedIn(stage(), anthropic);
    });

    for (const traveller of [openai, copilot]) {
      it(`to ${traveller.name} with a device code`, async () => {
        await signInByDeviceCode(stage(), traveller);
        await signedIn(stage(), traveller);
      });
    }
  });
}

describe("from a browser behind a tunnel, where localhost is another machine, a person signs in", () => {
  const stage = useStage("editor-behind-tunnel", { flavour: "desktop", browserPlace: "behind-a-tunnel" });

  it("to Anthropic with the address of the page that does not load", async () => {
    const consent = await openSignInPage(stage(), anthropic);
    const address = await addressAfterConsent(consent);
    const { quickInput, page } = stage().workbench;
    await page.bringToFront();
    await quickInput.waitFor("does not load, paste its address here");
    await stage().picture("behind-tunnel-paste");
    await quickInput.type(address);
    await signedIn(stage(), anthropic);
  });

  it("to OpenAI in another way, which is offered beside the first", async () => {
    const consent = await openSignInPage(stage(), openai);
    await consent.close();
    const { notifications, page } = stage().workbench;
    await page.bringToFront();
    await stage().picture("behind-tunnel-trouble");
    await (await notifications.waitFor("Waiting for you to authorize OpenAI")).followLink("Having trouble? Try another way: with a device code");
    await enterDeviceCode(stage(), openai);
    await signedIn(stage(), openai);
  });

  it("to GitHub Copilot with a device code", async () => {
    await signInByDeviceCode(stage(), copilot);
    await signedIn(stage(), copilot);
  });
});

describe("from behind a tunnel, with device codes preferred and the vendor's switched off, a person signs in", () => {
  const settings = { "aihub.login.preferredFlow": "device" };
  const stage = useStage("editor-without-device-codes", { flavour: "desktop", browserPlace: "behind-a-tunnel", settings });

  it("to OpenAI with an address to paste, once the redirect does not arrive either", async () => {
    const { dialogs, notifications, page, quickInput } = stage().workbench;
    stage().sandbox.addFault({ host: "auth.openai.com", path: "/api/accounts/deviceauth/usercode", kind: "status", status: 404 });
    const first = await openSignInPage(stage(), openai);
    await first.close();
    await page.bringToFront();
    await notifications.waitFor(/OpenAI has device codes switched off for this account.*Going on with the browser\./);
    const waiting = await notifications.waitFor("Waiting for you to authorize OpenAI");
    const consent = await dialogs.openExternalAndGetPage(() => waiting.followLink("Having trouble? Try another way: with an address to paste"));
    const address = await addressAfterConsent(consent);
    await page.bringToFront();
    await quickInput.waitFor("The page that follows does not load");
    await quickInput.type(address);
    await signedIn(stage(), openai);
  });
});
