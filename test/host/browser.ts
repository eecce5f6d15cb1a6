import { chromium } from "playwright-core";
import type { Browser, BrowserContext } from "playwright-core";
import type { Host } from "./install";

const flags = [
  // Tests run as root in containers, where the browser's own sandbox cannot start.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--font-render-hinting=none",
];

/**
 * Starts the browser: the one from npm, or the one that `AIHUB_TEST_BROWSER` names. With `proxyUrl` every
 * host but this machine is reached through that proxy, and its certificates are believed.
 */
export async function launchBrowser(options: { host: Host; proxyUrl?: string; headless?: boolean }): Promise<Browser> {
  const { host, proxyUrl } = options;
  const installed = process.env["AIHUB_TEST_BROWSER"];
  const proxyFlags = proxyUrl ? [`--proxy-server=${proxyUrl}`, "--proxy-bypass-list=127.0.0.1;localhost;[::1]", "--ignore-certificate-errors"] : [];
  return chromium.launch({
    executablePath: installed ?? host.chromium,
    args: [...flags, ...proxyFlags],
    env: { ...definedEnv(), ...(installed ? {} : host.chromiumEnv) },
    headless: options.headless ?? true,
  });
}

/** A person's browser window: big enough for the editor, with the clipboard allowed. */
export async function newBrowserContext(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ignoreHTTPSErrors: true });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  return context;
}

function definedEnv(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
