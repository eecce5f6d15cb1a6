import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { launchBrowser, newBrowserContext } from "../host/browser";
import { startEditorServer, type EditorServer, type Flavour } from "../host/editorServer";
import { ensureHost } from "../host/install";
import { openWorkbench, type Workbench } from "../host/workbench";
import { startSandbox, type Sandbox } from "../sandbox/sandbox";
import { createTemporaryHome, type TemporaryHome } from "../support/temporaryHome";
import { recordSecrets } from "../support/useSandbox";

/** A person's machine: their home, a real editor with this extension in a real browser, and the vendors. */
export interface Stage {
  sandbox: Sandbox;
  home: TemporaryHome;
  editor: EditorServer;
  workbench: Workbench;
  /** Saves a picture of the editor, or of another page. */
  picture(name: string, page?: Page): Promise<void>;
  close(): Promise<void>;
}

const root = resolve(__dirname, "../..");
/** Where the pictures of a run are. */
export const pictures = process.env.AIHUB_TEST_PICTURES ?? join(root, "out", "pictures");

export async function openStage({ flavour, logs }: { flavour: Flavour; logs?: string }): Promise<Stage> {
  const host = await ensureHost();
  const sandbox = await startSandbox();
  const home = await createTemporaryHome();
  const workspace = join(home.path, "workspace");
  await mkdir(workspace);
  await mkdir(pictures, { recursive: true });
  const userDataDir = logs ?? join(home.path, "editor");
  await mkdir(userDataDir, { recursive: true });
  const editor = await startEditorServer({
    ...{ host, home: home.path, userDataDir, extensionDevelopmentPath: root, workspace, flavour },
    env: { ...sandbox.env, AIHUB_HOME: undefined, ANTHROPIC_API_KEY: undefined, OPENAI_API_KEY: undefined },
  });
  const browser: Browser = await launchBrowser({ host, proxyUrl: sandbox.proxyUrl });
  const workbench = await openWorkbench(await newBrowserContext(browser), editor.url);
  return {
    ...{ sandbox, home, editor, workbench },
    picture: async (name, page = workbench.page) => void (await page.screenshot({ path: join(pictures, `${name}.png`) })),
    async close() {
      await browser.close();
      await editor.close();
      recordSecrets(sandbox);
      await sandbox.close();
      await home.remove();
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
