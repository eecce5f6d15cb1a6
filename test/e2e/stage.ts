import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { buildExtension } from "../host/buildExtension";
import { launchBrowser, newBrowserContext } from "../host/browser";
import { startEditorServer, type EditorServer, type Flavour } from "../host/editorServer";
import { ensureHost } from "../host/install";
import { createSplitNetwork } from "../host/splitNetwork";
import { openWorkbench, type Workbench } from "../host/workbench";
import { startSandbox, type Sandbox } from "../sandbox/sandbox";
import { createTemporaryHome, type TemporaryHome } from "../support/temporaryHome";
import { expectNoReuse, recordSecrets } from "../support/useSandbox";

/** A person's machine: their home, a real editor with this extension in a real browser, and the vendors. */
export interface Stage {
  sandbox: Sandbox;
  home: TemporaryHome;
  editor: EditorServer;
  workbench: Workbench;
  /** Another window on the same folder, with an extension host of its own. */
  openWindow(): Promise<Workbench>;
  /** Saves a picture of the editor, or of another page. */
  picture(name: string, page?: Page): Promise<void>;
  close(): Promise<void>;
}

const root = resolve(__dirname, "../..");
/** Where the pictures of a run are. */
export const pictures = process.env.AIHUB_TEST_PICTURES ?? join(root, "out", "pictures");

/**
 * Where the person's browser is: on this machine; on another one, from which tunnels lead to the editor and to the
 * vendors (as `ssh -L` does); or on another one that knows the editor by a name.
 */
export type BrowserPlace = "here" | "behind-a-tunnel" | "elsewhere";

export interface StageOptions {
  flavour: Flavour;
  browserPlace?: BrowserPlace;
  settings?: Record<string, unknown>;
  /** The folder of a further extension, as `buildExtension` takes it. */
  otherExtension?: string;
  logs?: string;
}

export async function openStage({ flavour, browserPlace = "here", settings, otherExtension, logs }: StageOptions): Promise<Stage> {
  const host = await ensureHost();
  const sandbox = await startSandbox();
  const home = await createTemporaryHome();
  const workspace = join(home.path, "workspace");
  await mkdir(workspace);
  await mkdir(pictures, { recursive: true });
  const userDataDir = logs ?? join(home.path, "editor");
  await mkdir(userDataDir, { recursive: true });
  const editor = await startEditorServer({
    ...{ host, home: home.path, userDataDir, extensionDevelopmentPath: root, workspace, flavour, settings },
    otherExtensions: otherExtension ? [await buildExtension(otherExtension, join(home.path, "other-extension"))] : [],
    env: { ...sandbox.env, AIHUB_HOME: undefined, ANTHROPIC_API_KEY: undefined, OPENAI_API_KEY: undefined },
  });
  const network = browserPlace === "here" ? undefined : await createSplitNetwork();
  for (const url of [editor.url, sandbox.proxyUrl]) await network?.carry(Number(new URL(url).port));
  const editorName = browserPlace === "elsewhere" ? "editor.test" : undefined;
  const url = editorName ? editor.url.replace("//127.0.0.1:", `//${editorName}:`) : editor.url;
  const browser: Browser = await launchBrowser({ host, proxyUrl: sandbox.proxyUrl, network, editorName });
  const context = await newBrowserContext(browser);
  const workbench = await openWorkbench(context, url);
  return {
    ...{ sandbox, home, editor, workbench },
    openWindow: () => openWorkbench(context, url),
    picture: async (name, page = workbench.page) => void (await page.screenshot({ path: join(pictures, `${name}.png`) })),
    async close() {
      await browser.close();
      await network?.close();
      await editor.close();
      recordSecrets(sandbox);
      await sandbox.close();
      await home.remove();
      expectNoReuse(sandbox);
    },
  };
}

/** Places an aihub.json with one agent for each provider. */
export async function placeAgents({ home }: Stage): Promise<string> {
  const file = join(home.aihub, "aihub.json");
  const workspace = join(home.path, "workspace");
  const agents = [
    { id: "pilot", name: "Pilot", workspace, model: { provider: "anthropic", model: "claude-sonnet-4-5" } },
    { id: "coder", name: "Coder", workspace, model: { provider: "openai-codex", model: "gpt-5.4" } },
    { id: "helper", name: "Helper", workspace, model: { provider: "github-copilot", model: "gpt-4o" } },
  ];
  await mkdir(home.aihub, { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify({ agents }, null, 2)}\n`);
  return file;
}
