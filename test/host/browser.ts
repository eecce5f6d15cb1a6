import { chromium } from "playwright-core";
import type { Browser, BrowserContext } from "playwright-core";
import type { Host } from "./install";
import type { SplitNetwork } from "./splitNetwork";

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

export interface BrowserOptions {
  host: Host;
  /** Every host but this machine is reached through this proxy, and its certificates are believed. */
  proxyUrl?: string;
  headless?: boolean;
  /** The network that the browser is in, if not this machine's. */
  network?: SplitNetwork;
  /** A name under which the browser knows 127.0.0.1, besides `localhost`. */
  editorName?: string;
}

/** Starts the browser: the one from npm, or the one that `AIHUB_TEST_BROWSER` names. */
export async function launchBrowser(options: BrowserOptions): Promise<Browser> {
  const { host, proxyUrl, network, editorName } = options;
  const installed = process.env["AIHUB_TEST_BROWSER"];
  const executable = installed ?? host.chromium;
  const direct = ["127.0.0.1", "localhost", "[::1]", ...(editorName ? [editorName] : [])].join(";");
  const proxyFlags = proxyUrl ? [`--proxy-server=${proxyUrl}`, `--proxy-bypass-list=${direct}`, "--ignore-certificate-errors"] : [];
  const nameFlags = editorName ? [`--host-resolver-rules=MAP ${editorName} 127.0.0.1`] : [];
  return chromium.launch({
    executablePath: network ? await network.inside(executable) : executable,
    args: [...flags, ...proxyFlags, ...nameFlags],
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
